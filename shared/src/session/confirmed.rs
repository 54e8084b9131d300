//! The state that a reader of the log is certain of: what the host's deltas have made.

use crate::protocol::Epoch;
use crate::sim::{Simulation, Tick};
use crate::wire::{Change, Delta};

use super::Notice;

#[derive(Clone)]
pub(crate) struct Confirmed<S> {
    /// Whose log it follows from.
    pub(crate) epoch: Epoch,
    /// Of the last delta applied.
    pub(crate) seq: u32,
    pub(crate) tick: Tick,
    pub(crate) state: S,
}

impl<S: Simulation> Confirmed<S> {
    /// Moves on by one delta; `false` if the result is not what the host holds.
    pub(super) fn apply(
        &mut self,
        delta: &Delta<S::Controls>,
        notices: &mut Vec<Notice<S::Event>>,
    ) -> bool {
        self.apply_watched(delta, notices, |_, _| ())
    }

    /// Like [`apply`](Self::apply), and shows the state of each tick that the delta touches to
    /// `watch`, from its base to its end, each after the tick's changes.
    pub(crate) fn apply_watched(
        &mut self,
        delta: &Delta<S::Controls>,
        notices: &mut Vec<Notice<S::Event>>,
        mut watch: impl FnMut(Tick, &S),
    ) -> bool {
        let mut changes = delta.changes.iter().peekable();
        for offset in 0..=delta.span {
            while let Some(timed) = changes.next_if(|timed| timed.offset <= offset) {
                match &timed.change {
                    Change::Steer(controls) => self.state.steer(timed.slot, *controls),
                    Change::Join => self.state.join(timed.slot),
                    Change::Leave => self.state.leave(timed.slot),
                    Change::Say(say) => notices.push(Notice::Said {
                        slot: timed.slot,
                        say: say.clone(),
                    }),
                }
            }
            watch(self.tick, &self.state);
            if offset < delta.span {
                let tick = self.tick;
                self.state
                    .step(|event| notices.push(Notice::Confirmed { tick, event }));
                self.tick += 1;
            }
        }
        self.seq = delta.seq;
        self.state.checksum().to_le_bytes() == delta.checksum
    }
}
