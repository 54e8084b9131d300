//! The confirmed state of a guest: the result of the host's deltas.
//!
//! Non-goals: deltas that do not follow; the caller checks the base.

use crate::wire::Change;
use crate::{ChangeOf, DeltaOf, Epoch, Simulation, Slot, Tick};

use super::{Notice, NoticeOf};

#[derive(Clone)]
pub(super) struct Confirmed<S> {
    /// The epoch of the log that produced it.
    pub(super) epoch: Epoch,
    /// Of the last delta applied.
    pub(super) seq: u32,
    pub(super) tick: Tick,
    pub(super) state: S,
}

impl<S: Simulation> Confirmed<S> {
    /// Applies one delta; `false` if the result differs from the host's state.
    pub(super) fn apply(&mut self, delta: &DeltaOf<S>, notices: &mut Vec<NoticeOf<S>>) -> bool {
        apply_delta(&mut self.state, &mut self.tick, delta, notices, |_, _| ());
        self.seq = delta.seq;
        self.state.checksum().to_le_bytes() == delta.checksum
    }
}

/// Advances `state` at `tick`, the base of a delta, to its end.
///
/// Passes the state of each tick from the base to the end to `observe`, each after that tick's
/// changes.
pub fn apply_delta<S: Simulation>(
    state: &mut S,
    tick: &mut Tick,
    delta: &DeltaOf<S>,
    notices: &mut Vec<NoticeOf<S>>,
    mut observe: impl FnMut(Tick, &S),
) {
    let mut changes = delta.changes.iter().peekable();
    for offset in 0..=delta.span {
        while let Some(timed) = changes.next_if(|timed| timed.offset <= offset) {
            apply_change(state, timed.slot, &timed.change, notices);
        }
        observe(*tick, state);
        if offset < delta.span {
            let now = *tick;
            state.step(|event| notices.push(Notice::Confirmed { tick: now, event }));
            *tick += 1;
        }
    }
}

/// Applies one change between two steps. The game must have the seat `slot`.
pub fn apply_change<S: Simulation>(
    state: &mut S,
    slot: Slot,
    change: &ChangeOf<S>,
    notices: &mut Vec<NoticeOf<S>>,
) {
    match change {
        Change::Steer(controls) => state.steer(slot, *controls),
        Change::Join => state.join(slot),
        Change::Leave => state.leave(slot),
        Change::Message(message) => notices.push(Notice::Message {
            slot,
            message: message.clone(),
        }),
    }
}
