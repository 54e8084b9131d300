//! How a guest takes the host's payloads.
//!
//! Non-goals: which topics to subscribe to; see [`Guest::sync`].

use core::time::Duration;

use serde::de::DeserializeOwned;

use crate::wire::{DecodeError, Downlink, Keyframe};
use crate::{DeltaOf, Simulation, decode_downlink};

use super::{Guest, Sync};
use crate::session::History;
use crate::session::clock::GuestClock;
use crate::session::confirmed::Confirmed;
use crate::session::inputs::Measured;
use crate::session::prediction::Prediction;
use crate::session::rate::Rate;

/// The most deltas that wait for a missing one or for a keyframe: three seconds at the normal pace.
const MAX_WAITING: usize = 64;

impl<S> Guest<S>
where
    S: Simulation + DeserializeOwned,
{
    /// Takes a payload of the epoch's delta topic.
    ///
    /// # Errors
    /// If the payload is not a message of this version; the state is unchanged.
    pub fn receive_delta(&mut self, payload: &[u8], now: Duration) -> Result<(), DecodeError> {
        match decode_downlink::<S>(payload).inspect_err(|_| self.health.rejected += 1)? {
            Downlink::Gone => self.gone = Some(now),
            Downlink::Delta(delta) => {
                self.heard = now;
                self.gone = None;
                self.health.last_delta = Some(now);
                self.clock.heard(now, delta.tick);
                let known = self.known().map(|confirmed| confirmed.seq);
                if known.is_none_or(|seq| delta.seq > seq) {
                    self.waiting.insert(delta.seq, delta);
                    if self.waiting.len() > MAX_WAITING {
                        self.waiting.pop_first();
                    }
                    self.apply_waiting(now);
                }
            }
        }
        Ok(())
    }

    /// Takes a payload of the epoch's keyframe topic.
    ///
    /// # Errors
    /// If the payload is not a message of this version; the state is unchanged.
    pub fn receive_keyframe(&mut self, payload: &[u8], now: Duration) -> Result<(), DecodeError> {
        let Some(keyframe) = self.decode_keyframe(payload)? else {
            return Ok(());
        };
        let newer = self
            .known()
            .is_none_or(|confirmed| keyframe.seq > confirmed.seq);
        let needed = matches!(self.sync, Sync::Waiting | Sync::Lost | Sync::Joining);
        if keyframe.epoch == self.epoch && newer && needed {
            // A host that restarted may continue from before deltas that were applied here.
            self.history = History::default();
            self.history
                .record(keyframe.tick, keyframe.state.checksum());
            self.confirmed = Some(Confirmed {
                epoch: keyframe.epoch,
                seq: keyframe.seq,
                tick: keyframe.tick,
                state: keyframe.state,
            });
            self.sync = Sync::Joining;
            self.out_of_sync_since = now;
            self.prediction.invalidate();
            self.waiting = self.waiting.split_off(&keyframe.seq.saturating_add(1));
            self.apply_waiting(now);
        }
        Ok(())
    }

    /// Takes a payload of an earlier epoch's keyframe topic, which is used if there is nothing newer:
    /// the present epoch's host may have disconnected before it published a keyframe.
    ///
    /// # Errors
    /// If the payload is not a message of this version; the state is unchanged.
    pub fn receive_past_keyframe(&mut self, payload: &[u8]) -> Result<(), DecodeError> {
        let Some(keyframe) = self.decode_keyframe(payload)? else {
            return Ok(());
        };
        let newer = self.confirmed.as_ref().is_none_or(|confirmed| {
            (keyframe.epoch, keyframe.seq) > (confirmed.epoch, confirmed.seq)
        });
        if keyframe.epoch < self.epoch && newer {
            self.clock = GuestClock::starting_at(Rate::of::<S>(), self.now, keyframe.tick);
            self.prediction = Prediction::default();
            self.confirmed = Some(Confirmed {
                epoch: keyframe.epoch,
                seq: keyframe.seq,
                tick: keyframe.tick,
                state: keyframe.state,
            });
        }
        Ok(())
    }

    /// The keyframe in the payload, or that the payload completes.
    fn decode_keyframe(&mut self, payload: &[u8]) -> Result<Option<Keyframe<S>>, DecodeError> {
        self.parts
            .decode(payload, S::MAX_PAYLOAD)
            .inspect_err(|_| self.health.rejected += 1)
    }

    /// Whether the confirmed state belongs to the epoch that it follows.
    pub fn knows_epoch(&self) -> bool {
        self.known().is_some()
    }

    /// The confirmed state, if it is of the present epoch.
    pub(super) fn known(&self) -> Option<&Confirmed<S>> {
        self.confirmed
            .as_ref()
            .filter(|confirmed| confirmed.epoch == self.epoch)
    }

    /// Applies the deltas that follow the confirmed state without a gap.
    fn apply_waiting(&mut self, now: Duration) {
        if matches!(self.sync, Sync::Waiting | Sync::Lost) {
            return;
        }
        while let Some(confirmed) = &mut self.confirmed {
            let known = confirmed.seq;
            let next = self.waiting.values().find(|delta| delta.follows(known));
            let next = next.map(|delta| delta.seq);
            let next = next.and_then(|seq| self.waiting.remove(&seq));
            let Some(delta) = next.and_then(|delta| delta.since(known)) else {
                break;
            };
            let base = delta.tick - u32::from(delta.span);
            if base == confirmed.tick && confirmed.apply(&delta, &mut self.notices) {
                self.history
                    .record(confirmed.tick, u32::from_le_bytes(delta.checksum));
                self.sync = Sync::Live;
                self.prediction.invalidate();
                self.waiting = self.waiting.split_off(&delta.seq);
                self.spans.push(delta.span);
                self.set_share();
                self.acknowledge(&delta, now);
            } else {
                self.mark_lost(now);
                return;
            }
        }
        if self.confirmed.is_some() && !self.waiting.is_empty() && self.sync == Sync::Live {
            // A delta is missing. If it is only late it still applies, so the state is kept.
            self.sync = Sync::Joining;
            self.out_of_sync_since = now;
        }
    }

    /// Notes that the confirmed state differs from the host's.
    pub(super) fn mark_lost(&mut self, now: Duration) {
        self.sync = Sync::Lost;
        self.out_of_sync_since = now;
        self.health.resyncs += 1;
    }

    fn acknowledge(&mut self, delta: &DeltaOf<S>, now: Duration) {
        let Some(ack) = delta.acks.iter().find(|ack| Some(ack.slot) == self.slot) else {
            return;
        };
        let stamp = i64::from(delta.tick.0) + i64::from(ack.stamp);
        let measured = self.inputs.acknowledged(stamp);
        self.health.slack = ack.slack;
        self.health.acknowledged += 1;
        if ack.slack < 0 {
            self.health.late_inputs += 1;
        }
        if let Some(Measured { sent, offset, held }) = measured {
            self.clock.acknowledged(offset, held, ack.slack);
            let arrival = stamp - i64::from(ack.slack);
            let kept = u32::try_from(i64::from(delta.tick.0) - arrival).unwrap_or(0);
            let sample = now
                .saturating_sub(sent)
                .saturating_sub(Rate::of::<S>().duration_of(kept));
            self.round_trips.push(sample);
            self.health.round_trip = self.round_trips.median();
        }
    }
}
