//! What players are known to have sent.
//!
//! The link to the recorder may lose and reorder messages. But a message repeats, in order, every
//! input that its sender does not know to be acknowledged, so that each tells which inputs there
//! are *between* those that it holds, and one with room left that there are none before. Where
//! messages overlap, what was sent is known without a gap, whatever was lost.

use std::collections::BTreeMap;

use netcode::Tick;
use netcode::wire::{Input, MAX_INPUTS};
use protocol::PlayerId;

use super::limits::Limits;

/// Inputs of one player that are remembered: more than ten seconds of the busiest hands.
const MAX_STAMPS: usize = 512;

/// An input and what is known of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent<C> {
    pub(super) tick: Tick,
    pub(super) controls: C,
    /// The number of the entry that first told of it.
    seen: u64,
    before: Before,
    /// It was sent with two meanings, and the host may have got either.
    disputed: bool,
}

/// What its sender sent right before an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Unknown,
    /// Nothing that was not acknowledged.
    Nothing,
    /// The input stamped for this tick.
    Stamp(Tick),
}

/// All that one player is known to have sent.
#[derive(Clone, Debug)]
pub(super) struct Player<C> {
    stamps: BTreeMap<Tick, Sent<C>>,
    /// Nothing proves anything before this tick.
    doubted_until: Tick,
    /// Its connection ended once, so that it may have begun anew to number its inputs.
    interrupted: bool,
}

impl<C> Default for Player<C> {
    fn default() -> Self {
        Self {
            stamps: BTreeMap::new(),
            doubted_until: Tick(0),
            interrupted: false,
        }
    }
}

impl<C: Copy + PartialEq> Player<C> {
    /// Takes a message, the `seen`th entry, that was recorded when the log stood at `log`.
    fn take(&mut self, input: &Input<C>, seen: u64, log: Option<Tick>, limits: Limits) {
        let whole = input.stamped.len() < MAX_INPUTS;
        let mut before = if whole {
            Before::Nothing
        } else {
            Before::Unknown
        };
        for stamped in &input.stamped {
            if let Some(log) = log
                && stamped.tick.since(log) > limits.max_ahead
            {
                self.doubted_until = self.doubted_until.max(log + limits.doubt);
            }
            if let Before::Stamp(last) = before
                && last >= stamped.tick
            {
                // Not as a player sends them; what a host makes of it depends on what came first.
                self.doubted_until = Tick(u32::MAX);
                return;
            }
            let sent = self.stamps.entry(stamped.tick).or_insert(Sent {
                tick: stamped.tick,
                controls: stamped.controls,
                seen,
                before,
                disputed: false,
            });
            sent.disputed |= sent.controls != stamped.controls;
            match (sent.before, before) {
                (Before::Stamp(one), Before::Stamp(other)) => sent.disputed |= one != other,
                (Before::Stamp(_), _) | (Before::Nothing, Before::Unknown) => {}
                (Before::Unknown | Before::Nothing, _) => sent.before = before,
            }
            before = Before::Stamp(stamped.tick);
        }
        while self.stamps.len() > MAX_STAMPS {
            self.stamps.pop_first();
        }
    }

    /// Whether what it sent proves something about `tick`.
    pub(super) fn is_trusted(&self, tick: Tick) -> bool {
        tick >= self.doubted_until
    }

    /// All inputs stamped after `after` and up to `last`, oldest first; `None` if there may be
    /// others.
    pub(super) fn between(&self, after: Tick, last: Tick) -> Option<Vec<Sent<C>>> {
        let mut chain = Vec::new();
        let mut at = last;
        while at > after {
            let sent = self.stamps.get(&at).filter(|sent| !sent.disputed)?;
            chain.push(*sent);
            match sent.before {
                Before::Unknown => return None,
                Before::Nothing => break,
                Before::Stamp(before) => at = before,
            }
        }
        chain.reverse();
        let known = self.stamps.range(after + 1..=last).count();
        (known == chain.len()).then_some(chain)
    }

    /// Whether it is certain that no input is stamped for `tick`.
    pub(super) fn never_sent(&self, tick: Tick) -> bool {
        let next = self.stamps.range(tick..).next().map(|(_, sent)| sent);
        !self.interrupted
            && next.is_some_and(|next| {
                next.tick > tick
                    && !next.disputed
                    && matches!(next.before, Before::Stamp(before) if before < tick)
            })
    }

    /// Whether a host may have heard of later inputs by the `until`th entry and never of this one:
    /// then it had fallen out of the messages, or out of the host's queue.
    pub(super) fn may_be_unheard(&self, sent: &Sent<C>, until: u64) -> bool {
        let later = self.stamps.range(sent.tick + 1..);
        later.filter(|(_, later)| later.seen <= until).count() >= MAX_INPUTS
    }

    /// The newest input stamped before `tick`.
    pub(super) fn last_before(&self, tick: Tick) -> Option<C> {
        let (_, sent) = self.stamps.range(..tick).next_back()?;
        Some(sent.controls)
    }

    /// The input stamped for `tick`.
    pub(super) fn at(&self, tick: Tick) -> Option<C> {
        self.stamps.get(&tick).map(|sent| sent.controls)
    }
}

/// All that every player is known to have sent.
#[derive(Clone, Debug)]
pub(super) struct Uplinks<C> {
    players: BTreeMap<PlayerId, Player<C>>,
    limits: Limits,
}

impl<C: Copy + PartialEq> Uplinks<C> {
    pub(super) const fn new(limits: Limits) -> Self {
        Self {
            players: BTreeMap::new(),
            limits,
        }
    }

    /// Takes a message of `player`.
    pub(super) fn take(
        &mut self,
        player: PlayerId,
        input: &Input<C>,
        seen: u64,
        log: Option<Tick>,
    ) {
        let limits = self.limits;
        self.players
            .entry(player)
            .or_default()
            .take(input, seen, log, limits);
    }

    /// The player left or vanished.
    pub(super) fn interrupt(&mut self, player: PlayerId) {
        self.players.entry(player).or_default().interrupted = true;
    }

    /// What `player` is known to have sent.
    pub(super) fn of(&self, player: PlayerId) -> Option<&Player<C>> {
        self.players.get(&player)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netcode::wire::Stamped;

    const LIMITS: Limits = Limits {
        max_ahead: 120,
        doubt: 600,
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

    fn player(messages: &[&[u32]]) -> Player<u32> {
        let mut player = Player::default();
        for (seen, ticks) in (0..).zip(messages) {
            player.take(&message(ticks), seen, None, LIMITS);
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
    fn messages_that_overlap_tell_all() {
        check(&[&[5], &[5, 9]], 0, 9, Some(&[5, 9]));
        check(&[&[5, 9]], 5, 9, Some(&[9]));
        // The first one was lost, and the second one repeats it.
        check(&[&[5, 9]], 2, 9, Some(&[5, 9]));
        // A full message may have left out something before it.
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
    fn an_unseen_input_is_not_guessed() {
        check(&[&[5]], 0, 9, None);
        check(&[], 0, 9, None);
        // 7 is not in the message that says that there is nothing between 5 and 9.
        check(&[&[5, 9], &[7]], 0, 9, None);
    }

    #[test]
    fn only_a_tick_between_two_neighbours_was_never_stamped() {
        let player = player(&[&[5, 9], &[20]]);
        assert!(player.never_sent(Tick(7)));
        for tick in [4, 5, 9, 12, 20, 30] {
            assert!(!player.never_sent(Tick(tick)), "{tick}");
        }
    }

    #[test]
    fn an_input_with_two_meanings_proves_nothing() {
        let mut player = player(&[&[5, 9]]);
        let mut other = message(&[5]);
        other.stamped[0].controls = 77;
        player.take(&other, 1, None, LIMITS);
        assert!(player.between(Tick(0), Tick(9)).is_none());
        assert!(player.between(Tick(5), Tick(9)).is_some());
    }
}
