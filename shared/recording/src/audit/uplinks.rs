//! The inputs that players are known to have sent.
//!
//! The recorder's link may lose and reorder messages. But a message repeats, in order, all inputs
//! that its sender does not know to be acknowledged. So there are no other inputs *between* those of
//! one message, and none before the first if the message is not full. Where messages overlap, the
//! sequence of inputs is known without a gap even if some messages were lost.
//!
//! Non-goals: whether the host applied the inputs: see [`super::inputs`].

use std::collections::BTreeMap;

use netcode::Tick;
use netcode::wire::{Input, MAX_INPUTS};
use protocol::PlayerId;

use super::limits::Limits;

/// The most inputs of one player that are stored: more than ten seconds at the highest rate.
const MAX_STORED: usize = 512;

/// A sent input.
#[derive(Clone, Copy, Debug)]
pub(super) struct SentInput<C> {
    pub(super) tick: Tick,
    pub(super) controls: C,
    /// The number of the first entry with this input.
    entry: u64,
    before: Predecessor,
    /// It was sent with different contents, and the host may have received either.
    ambiguous: bool,
}

/// The input that was sent right before another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Predecessor {
    Unknown,
    /// No unacknowledged one.
    None,
    /// The input stamped for this tick.
    Stamp(Tick),
}

/// The inputs that one player is known to have sent.
#[derive(Clone, Debug)]
pub(super) struct SentInputs<C> {
    /// By the tick for which they are stamped.
    by_stamp: BTreeMap<Tick, SentInput<C>>,
    /// Inputs before this tick are unreliable.
    unreliable_until: Tick,
    /// The player's connection ended once, so that its inputs may have restarted.
    interrupted: bool,
}

impl<C> Default for SentInputs<C> {
    fn default() -> Self {
        Self {
            by_stamp: BTreeMap::new(),
            unreliable_until: Tick(0),
            interrupted: false,
        }
    }
}

impl<C: Copy + PartialEq> SentInputs<C> {
    /// Adds the inputs of a message: entry number `entry`, recorded when the log was at tick `log`.
    fn add(&mut self, input: &Input<C>, entry: u64, log: Option<Tick>, limits: Limits) {
        let whole = input.stamped.len() < MAX_INPUTS;
        let mut before = if whole {
            Predecessor::None
        } else {
            Predecessor::Unknown
        };
        for stamped in &input.stamped {
            if let Some(log) = log
                && stamped.tick.since(log) > limits.max_ahead
            {
                self.unreliable_until = self.unreliable_until.max(log + limits.unchecked_ticks);
            }
            if let Predecessor::Stamp(last) = before
                && last >= stamped.tick
            {
                // Not in order: which one a host applies depends on the order of arrival.
                self.unreliable_until = Tick(u32::MAX);
                return;
            }
            let sent = self.by_stamp.entry(stamped.tick).or_insert(SentInput {
                tick: stamped.tick,
                controls: stamped.controls,
                entry,
                before,
                ambiguous: false,
            });
            sent.ambiguous |= sent.controls != stamped.controls;
            match (sent.before, before) {
                (Predecessor::Stamp(one), Predecessor::Stamp(other)) => {
                    sent.ambiguous |= one != other;
                }
                (Predecessor::Stamp(_), _) | (Predecessor::None, Predecessor::Unknown) => {}
                (Predecessor::Unknown | Predecessor::None, _) => sent.before = before,
            }
            before = Predecessor::Stamp(stamped.tick);
        }
        while self.by_stamp.len() > MAX_STORED {
            self.by_stamp.pop_first();
        }
    }

    /// Whether the inputs at `tick` are reliable.
    pub(super) fn is_reliable(&self, tick: Tick) -> bool {
        tick >= self.unreliable_until
    }

    /// All inputs stamped after `after` and up to `last`, oldest first; `None` if there may be
    /// unknown ones.
    pub(super) fn between(&self, after: Tick, last: Tick) -> Option<Vec<SentInput<C>>> {
        let mut chain = Vec::new();
        let mut at = last;
        while at > after {
            let sent = self.by_stamp.get(&at).filter(|sent| !sent.ambiguous)?;
            chain.push(*sent);
            match sent.before {
                Predecessor::Unknown => return None,
                Predecessor::None => break,
                Predecessor::Stamp(before) => at = before,
            }
        }
        chain.reverse();
        let known = self.by_stamp.range(after + 1..=last).count();
        (known == chain.len()).then_some(chain)
    }

    /// Whether it is certain that no input is stamped for `tick`.
    pub(super) fn never_sent(&self, tick: Tick) -> bool {
        let next = self.by_stamp.range(tick..).next().map(|(_, sent)| sent);
        !self.interrupted
            && next.is_some_and(|next| {
                next.tick > tick
                    && !next.ambiguous
                    && matches!(next.before, Predecessor::Stamp(before) if before < tick)
            })
    }

    /// Whether the host may have received later inputs before entry `until` but never this one:
    /// because it was no longer repeated, or was dropped from the host's queue.
    pub(super) fn may_be_unreceived(&self, sent: &SentInput<C>, until: u64) -> bool {
        let later = self.by_stamp.range(sent.tick + 1..);
        later.filter(|(_, later)| later.entry <= until).count() >= MAX_INPUTS
    }

    /// The newest input stamped before `tick`.
    pub(super) fn last_before(&self, tick: Tick) -> Option<C> {
        let (_, sent) = self.by_stamp.range(..tick).next_back()?;
        Some(sent.controls)
    }

    /// The input stamped for `tick`.
    pub(super) fn at(&self, tick: Tick) -> Option<C> {
        self.by_stamp.get(&tick).map(|sent| sent.controls)
    }
}

/// The inputs that all players are known to have sent.
#[derive(Clone, Debug)]
pub(super) struct Uplinks<C> {
    players: BTreeMap<PlayerId, SentInputs<C>>,
    limits: Limits,
}

impl<C: Copy + PartialEq> Uplinks<C> {
    pub(super) const fn new(limits: Limits) -> Self {
        Self {
            players: BTreeMap::new(),
            limits,
        }
    }

    /// Adds a message of `player`; see [`SentInputs::add`].
    pub(super) fn add(
        &mut self,
        player: PlayerId,
        input: &Input<C>,
        entry: u64,
        log: Option<Tick>,
    ) {
        let limits = self.limits;
        self.players
            .entry(player)
            .or_default()
            .add(input, entry, log, limits);
    }

    /// Notes that the player has left or vanished.
    pub(super) fn mark_interrupted(&mut self, player: PlayerId) {
        self.players.entry(player).or_default().interrupted = true;
    }

    /// The inputs that `player` is known to have sent.
    pub(super) fn of(&self, player: PlayerId) -> Option<&SentInputs<C>> {
        self.players.get(&player)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netcode::wire::Stamped;

    const LIMITS: Limits = Limits {
        max_ahead: 120,
        unchecked_ticks: 600,
    };

    fn message(ticks: &[u32]) -> Input<u32> {
        let stamped = ticks.iter().map(|&tick| Stamped {
            tick: Tick(tick),
            controls: tick,
        });
        Input {
            stamped: stamped.collect(),
            round_trip: 0,
        }
    }

    fn player(messages: &[&[u32]]) -> SentInputs<u32> {
        let mut player = SentInputs::default();
        for (entry, ticks) in (0..).zip(messages) {
            player.add(&message(ticks), entry, None, LIMITS);
        }
        player
    }

    #[track_caller]
    fn check(messages: &[&[u32]], after: u32, last: u32, expected: Option<&[u32]>) {
        let found = player(messages).between(Tick(after), Tick(last));
        let found: Option<Vec<u32>> =
            found.map(|found| found.iter().map(|sent| sent.tick.0).collect());
        assert_eq!(found.as_deref(), expected, "{messages:?}");
    }

    #[test]
    fn overlapping_messages_give_all_inputs() {
        check(&[&[5], &[5, 9]], 0, 9, Some(&[5, 9]));
        check(&[&[5, 9]], 5, 9, Some(&[9]));
        // The first one was lost, and the second one repeats it.
        check(&[&[5, 9]], 2, 9, Some(&[5, 9]));
        // There may be inputs before those of a full message.
        check(&[&[1, 2, 3, 4, 5, 6]], 0, 6, None);
        check(&[&[1, 2, 3, 4, 5, 6]], 1, 6, Some(&[2, 3, 4, 5, 6]));
        check(
            &[&[1, 2, 3, 4, 5], &[2, 3, 4, 5, 6, 7]],
            0,
            7,
            Some(&[1, 2, 3, 4, 5, 6, 7]),
        );
        check(&[&[1, 2, 3, 4, 5], &[7, 8, 9, 10, 11, 12]], 0, 12, None);
    }

    #[test]
    fn the_sequence_is_unknown_if_an_input_may_be_missing() {
        check(&[&[5]], 0, 9, None);
        check(&[], 0, 9, None);
        // 7 contradicts the message by which there is nothing between 5 and 9.
        check(&[&[5, 9], &[7]], 0, 9, None);
    }

    #[test]
    fn only_ticks_between_two_consecutive_inputs_were_certainly_never_stamped() {
        let player = player(&[&[5, 9], &[20]]);
        assert!(player.never_sent(Tick(7)));
        for tick in [4, 5, 9, 12, 20, 30] {
            assert!(!player.never_sent(Tick(tick)), "{tick}");
        }
    }

    #[test]
    fn an_input_sent_with_different_contents_is_not_used() {
        let mut player = player(&[&[5, 9]]);
        let mut other = message(&[5]);
        other.stamped[0].controls = 77;
        player.add(&other, 1, None, LIMITS);
        assert!(player.between(Tick(0), Tick(9)).is_none());
        assert!(player.between(Tick(5), Tick(9)).is_some());
    }
}
