//! One host's log: each delta must follow from the state before it, each keyframe from the deltas.
//!
//! The link to the recorder may have lost, repeated or reordered messages. What is missing is
//! waited for, then given up for the next keyframe, and noted as unobserved.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use netcode::wire::{Change, Keyframe, MAX_STATE, Payload};
use netcode::{DeltaOf, Simulation, Slot, Tick, apply_delta};
use protocol::Epoch;

use super::inputs::Inputs;
use super::limits::Limits;
use super::report::{Charge, Note, Report};
use super::rosters::Rosters;
use super::uplinks::{Player, Uplinks};

/// How long something that is missing is waited for, and how long after a delta all that belongs
/// to it has arrived.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// Deltas or keyframes that wait for what is missing.
const MAX_WAITING: usize = 256;

/// States that are kept for keyframes that come late, and for a new host to go on from.
const MAX_PAST: usize = 64;

/// After this many deltas without a loss, the link is taken to lose nothing.
const RELIABLE: u32 = 100;

/// A message, when it arrived, and which entry it was.
struct Arrived<T> {
    message: T,
    at: Duration,
    seen: u64,
}

/// The state after a delta.
#[derive(Clone)]
struct Known<S> {
    /// Of the delta.
    seq: u32,
    tick: Tick,
    state: S,
}

/// Where a log began.
#[derive(Clone)]
pub(super) struct Opening<S> {
    pub(super) seq: u32,
    pub(super) tick: Tick,
    pub(super) state: S,
    /// When it was taken up.
    pub(super) at: Duration,
}

/// The log of one epoch.
pub(super) struct Log<S: Simulation> {
    epoch: Epoch,
    /// The state after the last delta, if all up to there is known and right.
    confirmed: Option<Known<S>>,
    opening: Option<Opening<S>>,
    deltas: BTreeMap<u32, Arrived<DeltaOf<S>>>,
    keyframes: BTreeMap<u32, Keyframe<S>>,
    /// The last states, newest last.
    past: VecDeque<Known<S>>,
    /// Since when something is missing.
    stuck_since: Option<Duration>,
    /// The last tick that was known before the thread was lost.
    lost_at: Option<Tick>,
    /// Whether the report's number of hosts includes this one.
    was_counted: bool,
    /// Deltas applied since the last loss.
    in_a_row: u32,
    inputs: Inputs<S::Controls>,
    left: Payload,
    right: Payload,
}

impl<S: Simulation + Serialize> Log<S> {
    pub(super) fn new(epoch: Epoch) -> Self {
        Self {
            epoch,
            confirmed: None,
            opening: None,
            deltas: BTreeMap::new(),
            keyframes: BTreeMap::new(),
            past: VecDeque::new(),
            stuck_since: None,
            lost_at: None,
            was_counted: false,
            in_a_row: 0,
            inputs: Inputs::new(epoch, Limits::of::<S>()),
            left: Payload::with_limit(MAX_STATE),
            right: Payload::with_limit(MAX_STATE),
        }
    }

    pub(super) fn take_delta(&mut self, delta: DeltaOf<S>, at: Duration, seen: u64) {
        let known = self.confirmed.as_ref().map(|confirmed| confirmed.seq);
        if known.is_none_or(|known| delta.seq > known) {
            self.deltas.entry(delta.seq).or_insert(Arrived {
                message: delta,
                at,
                seen,
            });
        }
        if self.deltas.len() > MAX_WAITING {
            self.deltas.pop_first();
        }
    }

    pub(super) fn take_keyframe(&mut self, keyframe: Keyframe<S>) {
        self.keyframes.entry(keyframe.seq).or_insert(keyframe);
        if self.keyframes.len() > MAX_WAITING {
            self.keyframes.pop_first();
        }
    }

    /// Checks all that can be checked now.
    pub(super) fn advance(
        &mut self,
        now: Duration,
        rosters: &Rosters,
        uplinks: &Uplinks<S::Controls>,
        report: &mut Report,
    ) {
        loop {
            self.compare_keyframes(rosters, uplinks, report);
            let next = self.confirmed.as_ref().map(|confirmed| confirmed.seq);
            let next = match next {
                None => {
                    if self.take_up_first(now, report) {
                        continue;
                    }
                    break;
                }
                Some(seq) => self.take_next(seq, now),
            };
            if let Some(delta) = next {
                self.stuck_since = None;
                self.apply(&delta, report);
            } else if self.deltas.is_empty() && self.keyframes.is_empty() {
                self.stuck_since = None;
                break;
            } else {
                let since = *self.stuck_since.get_or_insert(now);
                if now.saturating_sub(since) < PATIENCE || self.keyframes.is_empty() {
                    break;
                }
                self.lose();
            }
        }
        self.inputs
            .judge(now.saturating_sub(PATIENCE), rosters, uplinks, report);
    }

    /// What follows the `seq`th delta, if it is there. One that begins later than the log ends may
    /// be that of a host which was away, whose keyframe is still to come.
    fn take_next(&mut self, seq: u32, now: Duration) -> Option<Arrived<DeltaOf<S>>> {
        let follows = |arrived: &&Arrived<DeltaOf<S>>| arrived.message.follows(seq);
        let arrived = self.deltas.values().find(follows)?;
        let next = arrived.message.seq;
        let delta = arrived.message.clone().since(seq)?;
        let early = self
            .tick()
            .is_some_and(|end| i64::from(delta.tick.0) - i64::from(delta.span) > i64::from(end.0));
        let waited = self
            .stuck_since
            .is_some_and(|since| now.saturating_sub(since) >= PATIENCE);
        if early && !waited {
            return None;
        }
        let (at, seen) = (arrived.at, arrived.seen);
        self.deltas = self.deltas.split_off(&next.saturating_add(1));
        Some(Arrived {
            message: delta,
            at,
            seen,
        })
    }

    /// Judges what is left; nothing more will come.
    pub(super) fn finish(
        &mut self,
        rosters: &Rosters,
        uplinks: &Uplinks<S::Controls>,
        report: &mut Report,
    ) {
        self.advance(Duration::MAX, rosters, uplinks, report);
        let known = self.confirmed.as_ref().map(|confirmed| confirmed.tick);
        let last = self.deltas.values().map(|delta| delta.message.tick).max();
        if let Some((from, to)) = known.or(self.lost_at).zip(last)
            && to > from
        {
            report.miss(self.epoch, from, to);
        }
    }

    /// Holds the waiting keyframes that the log has come to against it.
    fn compare_keyframes(
        &mut self,
        rosters: &Rosters,
        uplinks: &Uplinks<S::Controls>,
        report: &mut Report,
    ) {
        while let Some(confirmed) = &self.confirmed
            && let Some((&seq, _)) = self.keyframes.first_key_value()
            && seq <= confirmed.seq
            && let Some((_, keyframe)) = self.keyframes.pop_first()
        {
            // One that is older than all that is kept proves nothing.
            let Some(truth) = self.past.iter().find(|past| past.seq == seq) else {
                continue;
            };
            if keyframe.tick > truth.tick {
                self.restart(keyframe, rosters, uplinks, report);
                continue;
            }
            let equal = truth.tick == keyframe.tick
                && match (
                    self.left.encode(&truth.state),
                    self.right.encode(&keyframe.state),
                ) {
                    (Ok(left), Ok(right)) => left == right,
                    _ => truth.state.checksum() == keyframe.state.checksum(),
                };
            if equal {
                report.keyframes += 1;
            } else {
                let charge = Charge::FalseKeyframe { seq };
                report.accuse(self.epoch, keyframe.tick, None, charge);
            }
        }
    }

    /// The host was away, with no other to replace it, and goes on from what it knew.
    fn restart(
        &mut self,
        keyframe: Keyframe<S>,
        rosters: &Rosters,
        uplinks: &Uplinks<S::Controls>,
        report: &mut Report,
    ) {
        let Keyframe {
            seq, tick, state, ..
        } = keyframe;
        let (epoch, end) = (self.epoch, self.tick().unwrap_or(tick));
        let opening = Opening {
            seq,
            tick,
            state,
            at: Duration::ZERO,
        };
        match self.reaches(epoch, &opening, rosters, uplinks) {
            Some(to) if to < end => report.note(Note::WentBack {
                epoch,
                from: end,
                to,
            }),
            Some(_) => {}
            None if rosters.host_slot(epoch) == Some(None) && self.is_reliable() => {
                report.accuse(epoch, tick, None, Charge::FalseKeyframe { seq });
                return;
            }
            None => {
                let why = "it was away, and not all of what it did before is on the wire";
                report.note(Note::Handover { epoch, tick, why });
            }
        }
        let state = opening.state;
        let known = Known { seq, tick, state };
        self.past.clear();
        self.past.push_back(known.clone());
        self.confirmed = Some(known);
        self.deltas = self.deltas.split_off(&seq.saturating_add(1));
        self.stuck_since = None;
        self.in_a_row = 0;
        self.inputs.forget();
    }

    /// Takes the oldest keyframe on trust; `false` if there is none.
    fn take_up_first(&mut self, now: Duration, report: &mut Report) -> bool {
        let Some((seq, keyframe)) = self.keyframes.pop_first() else {
            return false;
        };
        if let Some(from) = self.lost_at.take() {
            report.miss(self.epoch, from, keyframe.tick);
        }
        let Keyframe { tick, state, .. } = keyframe;
        self.opening.get_or_insert_with(|| Opening {
            seq,
            tick,
            state: state.clone(),
            at: now,
        });
        let confirmed = Known { seq, tick, state };
        self.past.clear();
        self.past.push_back(confirmed.clone());
        self.confirmed = Some(confirmed);
        self.deltas = self.deltas.split_off(&seq.saturating_add(1));
        self.stuck_since = None;
        true
    }

    /// The next delta is missing, or the state is not to be trusted: goes on with a keyframe.
    fn lose(&mut self) {
        if let Some(confirmed) = self.confirmed.take() {
            self.lost_at = self.is_followed().then_some(confirmed.tick);
            self.keyframes = self.keyframes.split_off(&confirmed.seq);
        }
        self.in_a_row = 0;
        self.stuck_since = None;
        self.inputs.forget();
    }

    fn apply(&mut self, arrived: &Arrived<DeltaOf<S>>, report: &mut Report) {
        let delta = &arrived.message;
        let Some(confirmed) = &mut self.confirmed else {
            return;
        };
        let base = confirmed.tick;
        let (begins, tick) = (i64::from(delta.tick.0) - i64::from(delta.span), delta.tick);
        if begins != i64::from(base.0) {
            let charge = Charge::FalseBase {
                seq: delta.seq,
                base: begins,
                end: base,
            };
            report.accuse(self.epoch, tick, None, charge);
            self.lose();
            return;
        }
        let mut watch = self.inputs.open(delta, arrived.at, arrived.seen, report);
        let Known {
            seq,
            tick: now,
            state,
        } = confirmed;
        apply_delta::<S>(state, now, delta, &mut Vec::new(), |tick, state| {
            watch.see(tick, state);
        });
        *seq = delta.seq;
        let right = state.checksum().to_le_bytes() == delta.checksum;
        self.inputs.close(watch);
        if right {
            self.in_a_row = self.in_a_row.saturating_add(1);
            report.epochs += u32::from(!self.was_counted);
            self.was_counted = true;
            report.deltas += 1;
            report.ticks += u64::from(delta.span);
            if self.past.len() == MAX_PAST {
                self.past.pop_front();
            }
            self.past.push_back(confirmed.clone());
            return;
        }
        // With so many comings and goings at once, an honest host runs out of room for them.
        let seats = delta.changes.iter();
        let seats = seats.filter(|timed| matches!(timed.change, Change::Join | Change::Leave));
        if !(delta.changes.is_full() && seats.count() >= S::SEATS) {
            let charge = Charge::FalseState {
                base,
                published: u32::from_le_bytes(delta.checksum),
                computed: confirmed.state.checksum(),
            };
            report.accuse(self.epoch, tick, None, charge);
        }
        confirmed.tick = base;
        self.lose();
    }

    /// How the log began, once all that came before it had time to arrive; told once.
    pub(super) fn take_opening(&mut self, now: Duration) -> Option<Opening<S>> {
        let ripe = |opening: &mut Opening<S>| now.saturating_sub(opening.at) >= PATIENCE;
        self.opening.take_if(ripe)
    }

    /// Whether it is more than the keyframe that an older host left behind.
    pub(super) const fn is_followed(&self) -> bool {
        self.was_counted
    }

    /// The last tick known.
    pub(super) fn tick(&self) -> Option<Tick> {
        self.confirmed.as_ref().map(|confirmed| confirmed.tick)
    }

    /// Whether all of its end is likely to have been observed.
    pub(super) const fn is_reliable(&self) -> bool {
        self.confirmed.is_some() && self.in_a_row >= RELIABLE
    }

    /// The last tick from which the log leads to `opening` of `epoch`, if it does.
    pub(super) fn reaches(
        &mut self,
        epoch: Epoch,
        opening: &Opening<S>,
        rosters: &Rosters,
        uplinks: &Uplinks<S::Controls>,
    ) -> Option<Tick> {
        let own = rosters.host_slot(epoch).flatten();
        let sent = rosters.host(epoch).and_then(|host| uplinks.of(host));
        self.leads_to(opening, |_, _, _| ()).or_else(|| {
            let (slot, sent) = own.zip(sent)?;
            self.leads_to(opening, |state, base, tick| {
                decide(state, slot, base, tick, sent);
            })
        })
    }

    /// The last state from which the log leads to `opening`: by stepping alone, or with what the
    /// person in `own` decided, as `decide` tells.
    fn leads_to(
        &mut self,
        opening: &Opening<S>,
        decide: impl Fn(&mut S, Tick, Tick),
    ) -> Option<Tick> {
        for past in self.past.iter().rev() {
            let ahead = opening.tick.since(past.tick);
            if !(0..=MAX_LEAD).contains(&ahead) {
                continue;
            }
            let mut state = past.state.clone();
            for tick in past.tick.0..opening.tick.0 {
                decide(&mut state, past.tick, Tick(tick));
                state.step(|_| ());
            }
            let equal = match (self.left.encode(&state), self.right.encode(&opening.state)) {
                (Ok(left), Ok(right)) => left == right,
                _ => false,
            };
            if equal {
                return Some(past.tick);
            }
        }
        None
    }
}

/// A new host is not further ahead of the old log than this many ticks.
const MAX_LEAD: i64 = 600;

/// Tells what a pilot decided, to predict as it did: inputs that came late hold at once.
fn decide<S: Simulation>(
    state: &mut S,
    slot: Slot,
    base: Tick,
    tick: Tick,
    sent: &Player<S::Controls>,
) {
    let late = sent.last_before(tick).filter(|_| tick == base);
    if let Some(controls) = sent.at(tick).or(late) {
        state.steer(slot, controls);
    }
}
