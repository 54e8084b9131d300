//! The state that a guest is certain of: what the host's deltas have made.

use crate::protocol::Epoch;
use crate::sim::{Simulation, Tick};
use crate::wire::{Change, Delta};

use super::Notice;

#[derive(Clone)]
pub(super) struct Confirmed<S> {
    /// Whose log it follows from.
    pub(super) epoch: Epoch,
    /// Of the last delta applied.
    pub(super) seq: u32,
    pub(super) tick: Tick,
    pub(super) state: S,
}

impl<S: Simulation> Confirmed<S> {
    /// Moves on by one delta; `false` if the result is not what the host holds.
    pub(super) fn apply(
        &mut self,
        delta: &Delta<S::Controls>,
        notices: &mut Vec<Notice<S::Event>>,
    ) -> bool {
        play(&mut self.state, &mut self.tick, delta, notices, |_, _| ());
        self.seq = delta.seq;
        self.state.checksum().to_le_bytes() == delta.checksum
    }
}

/// Moves a delta's base on to its end, and shows the state of each tick in between to `watch`, from
/// the base to the end, each after the tick's changes.
pub(crate) fn play<S: Simulation>(
    state: &mut S,
    tick: &mut Tick,
    delta: &Delta<S::Controls>,
    notices: &mut Vec<Notice<S::Event>>,
    mut watch: impl FnMut(Tick, &S),
) {
    let mut changes = delta.changes.iter().peekable();
    for offset in 0..=delta.span {
        while let Some(timed) = changes.next_if(|timed| timed.offset <= offset) {
            match &timed.change {
                Change::Steer(controls) => state.steer(timed.slot, *controls),
                Change::Join => state.join(timed.slot),
                Change::Leave => state.leave(timed.slot),
                Change::Say(say) => notices.push(Notice::Said {
                    slot: timed.slot,
                    say: say.clone(),
                }),
            }
        }
        watch(*tick, state);
        if offset < delta.span {
            let now = *tick;
            state.step(|event| notices.push(Notice::Confirmed { tick: now, event }));
            *tick += 1;
        }
    }
}
