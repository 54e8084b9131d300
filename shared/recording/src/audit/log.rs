//! Checks the log of one epoch: each delta must follow from the state before it, and each keyframe
//! from the deltas.
//!
//! The recorder's link may lose, duplicate and reorder messages. After a timeout, missing messages
//! are reported as unobserved, and the check continues at the next keyframe.
//!
//! Non-goals: players' inputs: see [`super::inputs`].

use core::time::Duration;
use std::collections::BTreeMap;

use serde::Serialize;

use netcode::wire::{Change, Keyframe};
use netcode::{DeltaOf, Simulation, Tick, apply_delta};
use protocol::Epoch;

use super::inputs::InputCheck;
use super::limits::Limits;
use super::past_states::{Checkpoint, PastStates};
use super::report::{Note, OffenceKind, Report};
use super::rosters::Rosters;
use super::uplinks::Uplinks;

/// How long a missing message is waited for. After this time, everything that belongs to a delta
/// has arrived.
const ARRIVAL_TIMEOUT: Duration = Duration::from_secs(1);

/// The most deltas, and the most keyframes, that wait for a missing message.
const MAX_WAITING: usize = 256;

/// After this many deltas without a loss, the link is assumed to be lossless.
const RELIABLE_DELTAS: u32 = 100;

/// A delta, the time of its arrival, and the number of its entry.
struct ReceivedDelta<S: Simulation> {
    delta: DeltaOf<S>,
    at: Duration,
    entry: u64,
}

/// The first state of a log.
#[derive(Clone)]
pub(super) struct LogStart<S> {
    pub(super) seq: u32,
    pub(super) tick: Tick,
    pub(super) state: S,
    /// The time at which the check began with it.
    pub(super) at: Duration,
}

/// The log of one epoch.
pub(super) struct EpochLog<S: Simulation> {
    epoch: Epoch,
    /// The state after the last applied delta; `None` after a loss or an offence.
    confirmed: Option<Checkpoint<S>>,
    start: Option<LogStart<S>>,
    /// Deltas that are not applied yet, by sequence number.
    deltas: BTreeMap<u32, ReceivedDelta<S>>,
    /// Keyframes that are not compared yet, by sequence number.
    keyframes: BTreeMap<u32, Keyframe<S>>,
    past: PastStates<S>,
    /// The time since which a message is missing.
    missing_since: Option<Duration>,
    /// The last confirmed tick before a loss.
    lost_at: Option<Tick>,
    /// Whether this log is included in the report's number of hosts.
    was_counted: bool,
    /// The number of deltas applied since the last loss.
    deltas_without_loss: u32,
    inputs: InputCheck<S::Controls>,
}

impl<S: Simulation + Serialize> EpochLog<S> {
    pub(super) fn new(epoch: Epoch) -> Self {
        Self {
            epoch,
            confirmed: None,
            start: None,
            deltas: BTreeMap::new(),
            keyframes: BTreeMap::new(),
            past: PastStates::new(),
            missing_since: None,
            lost_at: None,
            was_counted: false,
            deltas_without_loss: 0,
            inputs: InputCheck::new(epoch, Limits::of::<S>()),
        }
    }

    pub(super) fn receive_delta(&mut self, delta: DeltaOf<S>, at: Duration, entry: u64) {
        let known = self.confirmed.as_ref().map(|confirmed| confirmed.seq);
        if known.is_none_or(|known| delta.seq > known) {
            self.deltas
                .entry(delta.seq)
                .or_insert(ReceivedDelta { delta, at, entry });
        }
        if self.deltas.len() > MAX_WAITING {
            self.deltas.pop_first();
        }
    }

    pub(super) fn receive_keyframe(&mut self, keyframe: Keyframe<S>) {
        self.keyframes.entry(keyframe.seq).or_insert(keyframe);
        if self.keyframes.len() > MAX_WAITING {
            self.keyframes.pop_first();
        }
    }

    /// Checks everything that can be checked at `now`.
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
                    if self.start_at_keyframe(now, report) {
                        continue;
                    }
                    break;
                }
                Some(seq) => self.next_delta(seq, now),
            };
            if let Some(delta) = next {
                self.missing_since = None;
                self.apply(&delta, report);
            } else if self.deltas.is_empty() && self.keyframes.is_empty() {
                self.missing_since = None;
                break;
            } else {
                let since = *self.missing_since.get_or_insert(now);
                if now.saturating_sub(since) < ARRIVAL_TIMEOUT || self.keyframes.is_empty() {
                    break;
                }
                self.abandon_state();
            }
        }
        self.inputs.check(
            now.saturating_sub(ARRIVAL_TIMEOUT),
            rosters,
            uplinks,
            report,
        );
    }

    /// Removes and returns the delta that follows delta `seq`, if it has arrived. If it begins after
    /// the last confirmed tick, the keyframe of a host that has returned may still arrive first.
    fn next_delta(&mut self, seq: u32, now: Duration) -> Option<ReceivedDelta<S>> {
        let follows = |received: &&ReceivedDelta<S>| received.delta.follows(seq);
        let received = self.deltas.values().find(follows)?;
        let next = received.delta.seq;
        let delta = received.delta.clone().since(seq)?;
        let early = self
            .tick()
            .is_some_and(|end| i64::from(delta.tick.0) - i64::from(delta.span) > i64::from(end.0));
        let waited = self
            .missing_since
            .is_some_and(|since| now.saturating_sub(since) >= ARRIVAL_TIMEOUT);
        if early && !waited {
            return None;
        }
        let (at, entry) = (received.at, received.entry);
        self.deltas = self.deltas.split_off(&next.saturating_add(1));
        Some(ReceivedDelta { delta, at, entry })
    }

    /// Checks the rest of the log: no more entries follow.
    pub(super) fn finish(
        &mut self,
        rosters: &Rosters,
        uplinks: &Uplinks<S::Controls>,
        report: &mut Report,
    ) {
        self.advance(Duration::MAX, rosters, uplinks, report);
        let known = self.confirmed.as_ref().map(|confirmed| confirmed.tick);
        let last = self
            .deltas
            .values()
            .map(|received| received.delta.tick)
            .max();
        if let Some((from, to)) = known.or(self.lost_at).zip(last)
            && to > from
        {
            report.add_unobserved(self.epoch, from, to);
        }
    }

    /// Compares the keyframes up to the last applied delta with the states of the log.
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
            // A keyframe older than all kept states cannot be checked.
            let Some(tick) = self.past.tick(seq) else {
                continue;
            };
            if keyframe.tick > tick {
                self.resume_host(keyframe, rosters, uplinks, report);
            } else if self.past.matches(&keyframe) {
                report.keyframes += 1;
            } else {
                let kind = OffenceKind::WrongKeyframe { seq };
                report.add_offence(self.epoch, keyframe.tick, None, kind);
            }
        }
    }

    /// Continues with the keyframe of a host that was disconnected, was not replaced, and continues
    /// from the last state that it had.
    fn resume_host(
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
        let source = self.past.source_of((tick, &state), epoch, rosters, uplinks);
        match source {
            Some(to) if to < end => report.add_note(Note::WentBack {
                epoch,
                from: end,
                to,
            }),
            Some(_) => {}
            None if rosters.host_slot(epoch) == Some(None) && self.is_reliable() => {
                report.add_offence(epoch, tick, None, OffenceKind::WrongKeyframe { seq });
                return;
            }
            None => {
                let why =
                    "the host was disconnected, and not all of its earlier inputs are on the wire";
                report.add_note(Note::Handover { epoch, tick, why });
            }
        }
        let confirmed = Checkpoint { seq, tick, state };
        self.past.restart(confirmed.clone());
        self.confirmed = Some(confirmed);
        self.deltas = self.deltas.split_off(&seq.saturating_add(1));
        self.missing_since = None;
        self.deltas_without_loss = 0;
        self.inputs.mark_loss();
    }

    /// Starts with the oldest keyframe, whose state is not checked; `false` if there is none.
    fn start_at_keyframe(&mut self, now: Duration, report: &mut Report) -> bool {
        let Some((seq, keyframe)) = self.keyframes.pop_first() else {
            return false;
        };
        if let Some(from) = self.lost_at.take() {
            report.add_unobserved(self.epoch, from, keyframe.tick);
        }
        let Keyframe { tick, state, .. } = keyframe;
        self.start.get_or_insert_with(|| LogStart {
            seq,
            tick,
            state: state.clone(),
            at: now,
        });
        let confirmed = Checkpoint { seq, tick, state };
        self.past.restart(confirmed.clone());
        self.confirmed = Some(confirmed);
        self.deltas = self.deltas.split_off(&seq.saturating_add(1));
        self.missing_since = None;
        true
    }

    /// Gives up the state, because a delta is missing or wrong; the check continues at a keyframe.
    fn abandon_state(&mut self) {
        if let Some(confirmed) = self.confirmed.take() {
            self.lost_at = self.has_deltas().then_some(confirmed.tick);
            self.keyframes = self.keyframes.split_off(&confirmed.seq);
        }
        self.deltas_without_loss = 0;
        self.missing_since = None;
        self.inputs.mark_loss();
    }

    fn apply(&mut self, received: &ReceivedDelta<S>, report: &mut Report) {
        let delta = &received.delta;
        let Some(confirmed) = &mut self.confirmed else {
            return;
        };
        let base = confirmed.tick;
        let (begins, tick) = (i64::from(delta.tick.0) - i64::from(delta.span), delta.tick);
        if begins != i64::from(base.0) {
            let kind = OffenceKind::WrongBase {
                seq: delta.seq,
                base: begins,
                end: base,
            };
            report.add_offence(self.epoch, tick, None, kind);
            self.abandon_state();
            return;
        }
        let mut pending = self
            .inputs
            .begin_delta(delta, received.at, received.entry, report);
        let Checkpoint {
            seq,
            tick: now,
            state,
        } = confirmed;
        apply_delta::<S>(state, now, delta, &mut Vec::new(), |tick, state| {
            pending.observe(tick, state);
        });
        *seq = delta.seq;
        let right = state.checksum().to_le_bytes() == delta.checksum;
        self.inputs.end_delta(pending);
        if right {
            self.deltas_without_loss = self.deltas_without_loss.saturating_add(1);
            report.epochs += u32::from(!self.was_counted);
            self.was_counted = true;
            report.deltas += 1;
            report.ticks += u64::from(delta.span);
            self.past.push(confirmed.clone());
            return;
        }
        // With this many joins and leaves in one delta, an honest host's delta has no room for all.
        let seats = delta.changes.iter();
        let seats = seats.filter(|timed| matches!(timed.change, Change::Join | Change::Leave));
        if !(delta.changes.is_full() && seats.count() >= S::SEATS) {
            let kind = OffenceKind::WrongState {
                base,
                published: u32::from_le_bytes(delta.checksum),
                computed: confirmed.state.checksum(),
            };
            report.add_offence(self.epoch, tick, None, kind);
        }
        confirmed.tick = base;
        self.abandon_state();
    }

    /// Removes and returns the first state of the log, after the messages before it have had time to
    /// arrive.
    pub(super) fn take_start(&mut self, now: Duration) -> Option<LogStart<S>> {
        let is_due = |start: &mut LogStart<S>| now.saturating_sub(start.at) >= ARRIVAL_TIMEOUT;
        self.start.take_if(is_due)
    }

    /// Whether the log has deltas, and is not only the retained keyframe of an earlier host.
    pub(super) const fn has_deltas(&self) -> bool {
        self.was_counted
    }

    /// The last confirmed tick.
    pub(super) fn tick(&self) -> Option<Tick> {
        self.confirmed.as_ref().map(|confirmed| confirmed.tick)
    }

    /// Whether the end of the log is likely to have been observed completely.
    pub(super) const fn is_reliable(&self) -> bool {
        self.confirmed.is_some() && self.deltas_without_loss >= RELIABLE_DELTAS
    }

    /// See [`PastStates::source_of`].
    pub(super) fn source_of(
        &mut self,
        start: &LogStart<S>,
        epoch: Epoch,
        rosters: &Rosters,
        uplinks: &Uplinks<S::Controls>,
    ) -> Option<Tick> {
        let target = (start.tick, &start.state);
        self.past.source_of(target, epoch, rosters, uplinks)
    }
}
