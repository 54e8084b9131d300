//! The deltas and keyframes that a host publishes in its epoch.
//!
//! Non-goals: what the changes do to the state; they have been applied before they are recorded.

use core::time::Duration;

use arrayvec::ArrayVec;
use serde::Serialize;

use crate::session::{Outgoing, Pace};
use crate::wire::{
    Ack, Delta, Downlink, Keyframe, MAX_CHANGES, Payload, Timed, TooLong, split_keyframe,
};
use crate::{ChangeOf, Epoch, Simulation, Slot, Tick, max_state};

use super::repeats::Repeats;

/// The state is too large to be published, so that no guest can join or resynchronise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the state is too large to be published: a keyframe has at most {limit} bytes")]
pub struct StateTooLarge {
    /// The most bytes that fit into the parts of one keyframe.
    pub limit: usize,
}

/// The log of one epoch, as its host writes it.
#[derive(Clone)]
pub(super) struct Log<S: Simulation> {
    epoch: Epoch,
    pace: Pace,
    /// Of the last delta.
    seq: u32,
    /// Where the next delta begins.
    base: Tick,
    changes: ArrayVec<Timed<S::Controls, S::Message>, MAX_CHANGES>,
    repeats: Repeats<S::Controls, S::Message>,
    last_delta: Duration,
    last_keyframe: Option<Duration>,
    keyframe_wanted: bool,
    payload: Payload,
}

impl<S: Simulation> Log<S> {
    /// A log that continues after the `seq`th delta, with the state at `tick`.
    pub(super) fn new(
        epoch: Epoch,
        seq: u32,
        tick: Tick,
        pace: Pace,
        repeat: u8,
        now: Duration,
    ) -> Self {
        Self {
            epoch,
            pace,
            seq,
            base: tick,
            changes: ArrayVec::new(),
            repeats: Repeats::new(repeat),
            last_delta: now,
            last_keyframe: None,
            keyframe_wanted: true,
            payload: Payload::with_limit(S::MAX_PAYLOAD),
        }
    }

    pub(super) const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Requests a keyframe, at the earliest time that the pace allows.
    pub(super) const fn want_keyframe(&mut self) {
        self.keyframe_wanted = true;
    }

    /// Requests a keyframe at once.
    pub(super) const fn restart(&mut self) {
        self.keyframe_wanted = true;
        self.last_keyframe = None;
    }

    /// Records a change that the state at `tick` has already undergone.
    pub(super) fn record(&mut self, tick: Tick, slot: Slot, change: ChangeOf<S>) {
        let offset = u8::try_from(tick.since(self.base)).unwrap_or(u8::MAX);
        let timed = Timed {
            offset,
            slot,
            change,
        };
        // Full only if more seats change hands between two deltas than there are seats; readers
        // then see a wrong checksum and take the keyframe.
        if self.changes.try_push(timed).is_err() {
            self.keyframe_wanted = true;
        }
    }

    /// Whether a change of controls needs the pending delta to be published first.
    pub(super) const fn is_full(&self) -> bool {
        self.changes.is_full()
    }

    /// Whether a message can be recorded: messages leave half of a delta to controls.
    pub(super) const fn has_room_for_message(&self) -> bool {
        self.changes.len() < MAX_CHANGES / 2
    }

    /// Whether the pending delta covers as many ticks as one can.
    pub(super) fn span_is_full(&self, tick: Tick) -> bool {
        tick.since(self.base) >= i64::from(u8::MAX)
    }

    /// Whether a delta is due.
    pub(super) fn delta_is_due(&self, now: Duration) -> bool {
        let silent = now.saturating_sub(self.last_delta);
        silent >= self.pace.heartbeat
            || silent >= self.pace.frame_interval && !self.changes.is_empty()
    }

    /// Whether a keyframe is due.
    pub(super) fn keyframe_is_due(&self, now: Duration) -> bool {
        let age = self
            .last_keyframe
            .map_or(Duration::MAX, |last| now.saturating_sub(last));
        age >= self.pace.keyframe_interval
            || age >= self.pace.keyframe_spacing && self.keyframe_wanted
    }

    /// Whether the state at `tick` differs from the one after the last delta.
    pub(super) fn is_pending(&self, tick: Tick) -> bool {
        self.base != tick || !self.changes.is_empty()
    }

    /// Publishes the pending ticks and changes; `checksum` is that of the state at `tick`.
    pub(super) fn publish_delta(
        &mut self,
        tick: Tick,
        checksum: u32,
        acks: impl Iterator<Item = (Slot, Tick, i8)>,
        now: Duration,
        publish: &mut impl FnMut(Outgoing, &[u8]),
    ) {
        self.seq += 1;
        let ack = |(slot, stamp, slack): (Slot, Tick, i8)| {
            let stamp = stamp.since(tick);
            let stamp = stamp.clamp(i64::from(i16::MIN), i64::from(i16::MAX)) as i16;
            Ack { slot, stamp, slack }
        };
        let mut delta = Delta {
            seq: self.seq,
            tick,
            span: u8::try_from(tick.since(self.base)).unwrap_or(u8::MAX),
            changes: core::mem::take(&mut self.changes),
            acks: acks.map(ack).collect(),
            repeated: ArrayVec::new(),
            checksum: checksum.to_le_bytes(),
        };
        self.base = tick;
        self.last_delta = now;
        self.repeats.add_to(&mut delta);
        match self.payload.encode(&Downlink::Delta(delta)) {
            Ok(bytes) => publish(Outgoing::Delta, bytes),
            Err(_) => self.keyframe_wanted = true,
        }
    }

    /// Publishes the state at `tick`; nothing may be [pending](Self::is_pending).
    ///
    /// # Errors
    /// If the state does not fit into the parts of a keyframe; nothing is published then.
    pub(super) fn publish_keyframe(
        &mut self,
        tick: Tick,
        state: &S,
        now: Duration,
        publish: &mut impl FnMut(Outgoing, &[u8]),
    ) -> Result<(), StateTooLarge>
    where
        S: Serialize,
    {
        self.keyframe_wanted = false;
        self.last_keyframe = Some(now);
        let keyframe = Keyframe {
            epoch: self.epoch,
            seq: self.seq,
            tick,
            state,
        };
        if let Ok(bytes) = self.payload.encode(&keyframe) {
            publish(Outgoing::Keyframe, bytes);
            return Ok(());
        }
        let too_large = |TooLong| StateTooLarge {
            limit: max_state::<S>(),
        };
        let mut buffer = Payload::with_limit(max_state::<S>());
        let encoded = buffer.encode(&keyframe).map_err(too_large)?;
        let parts = split_keyframe(encoded, self.epoch, self.seq, S::MAX_PAYLOAD);
        for part in parts.map_err(too_large)? {
            publish(Outgoing::KeyframePart, &part);
        }
        Ok(())
    }
}
