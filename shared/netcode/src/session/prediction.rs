//! The predicted present: a confirmed base stepped ahead with the controls that the other players
//! hold and with the local player's inputs.
//!
//! It is stepped incrementally from frame to frame, and again from the base after the past has
//! changed.
//!
//! Non-goals: messages and clocks; the caller decides how far ahead the present is.

use crate::{Simulation, Tick};

use super::{Notice, NoticeOf};

/// The most ticks that are predicted beyond the base.
const MAX_PREDICTION: u32 = 120;

/// A prediction that is more than this many ticks ahead of its target goes back to it.
const MAX_REWIND: u32 = 20;

#[derive(Clone)]
pub(super) struct Prediction<S> {
    present: Option<(Tick, S)>,
    /// The past has changed: the present must be computed again from the base.
    stale: bool,
    corrected: Option<S>,
    /// Events of ticks before this one have been reported.
    shown: Tick,
}

impl<S> Default for Prediction<S> {
    fn default() -> Self {
        Self {
            present: None,
            stale: true,
            corrected: None,
            shown: Tick(0),
        }
    }
}

impl<S: Simulation> Prediction<S> {
    /// Continues from a present that has been shown.
    pub(super) const fn from_present(tick: Tick, state: S) -> Self {
        Self {
            present: Some((tick, state)),
            stale: false,
            corrected: None,
            shown: tick,
        }
    }

    /// Notes that the past has changed.
    pub(super) const fn invalidate(&mut self) {
        self.stale = true;
    }

    /// Advances to `target` from the confirmed `base`; `apply` applies the local player's decisions
    /// of a tick.
    ///
    /// Each tick's events are reported once, whether or not a later correction revokes them.
    pub(super) fn advance(
        &mut self,
        (base, certain): (Tick, &S),
        target: Tick,
        apply: impl Fn(&mut S, Tick),
        notices: &mut Vec<NoticeOf<S>>,
    ) {
        self.corrected = None;
        let horizon = base + MAX_PREDICTION;
        let target = target.clamp(base, horizon);
        if core::mem::take(&mut self.stale) {
            let (mut tick, mut state) = (base, certain.clone());
            if let Some((before_tick, before)) = self.present.take() {
                // Only a clock that was far ahead goes back; otherwise the present never does.
                let resume = if before_tick > target + MAX_REWIND {
                    target
                } else {
                    before_tick.min(horizon)
                };
                while tick < resume {
                    apply(&mut state, tick);
                    state.step(|_| {});
                    tick += 1;
                }
                if tick == before_tick && state.checksum() != before.checksum() {
                    self.corrected = Some(before);
                }
            } else {
                self.shown = target;
            }
            self.present = Some((tick, state));
        }
        if let Some((tick, state)) = &mut self.present {
            while *tick < target {
                apply(state, *tick);
                let shown = self.shown;
                state.step(|event| {
                    if *tick >= shown {
                        notices.push(Notice::Predicted(event));
                    }
                });
                *tick += 1;
            }
            self.shown = self.shown.max(*tick);
        }
    }

    /// The present and its tick.
    pub(super) fn present(&self) -> Option<(Tick, &S)> {
        self.present.as_ref().map(|(tick, state)| (*tick, state))
    }

    /// Takes the present out; the next one is computed from the base.
    pub(super) fn take_present(&mut self) -> Option<(Tick, S)> {
        self.stale = true;
        self.present.take()
    }

    /// The state that had been predicted for the tick at which the last [`advance`](Self::advance)
    /// began, if that advance changed it.
    pub(super) const fn corrected(&self) -> Option<&S> {
        self.corrected.as_ref()
    }
}
