//! The present as a pilot sees it: a base that is certain, stepped ahead under everybody's held
//! controls and the own ones.
//!
//! It steps on from frame to frame, and anew from the base once the past has changed. It
//! deliberately knows neither messages nor clocks: how far ahead the present lies is the caller's
//! business.

use crate::sim::{Simulation, Tick};

use super::Notice;

/// No further than this many ticks beyond what is known is predicted.
const MAX_PREDICTION: u32 = 120;

/// A prediction that is further than this many ticks ahead of where it should be is given up.
const MAX_REWIND: u32 = 20;

#[derive(Clone)]
pub(super) struct Prediction<S> {
    present: Option<(Tick, S)>,
    /// The past has changed: the present must be made anew.
    stale: bool,
    corrected: Option<S>,
    /// Events of ticks before this one have been shown.
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
    /// Goes on from a present that has been shown.
    pub(super) const fn from_present(tick: Tick, state: S) -> Self {
        Self {
            present: Some((tick, state)),
            stale: false,
            corrected: None,
            shown: tick,
        }
    }

    /// The past has changed.
    pub(super) const fn invalidate(&mut self) {
        self.stale = true;
    }

    /// Moves on to `target`, from the certain `base`; `obey` takes the own decisions of a tick.
    ///
    /// Events are told once, whether or not they turn out to have happened.
    pub(super) fn advance(
        &mut self,
        (base, certain): (Tick, &S),
        target: Tick,
        obey: impl Fn(&mut S, Tick),
        notices: &mut Vec<Notice<S::Event>>,
    ) {
        self.corrected = None;
        let horizon = base + MAX_PREDICTION;
        let target = target.clamp(base, horizon);
        if core::mem::take(&mut self.stale) {
            let (mut tick, mut state) = (base, certain.clone());
            if let Some((before_tick, before)) = self.present.take() {
                // A clock that was far ahead may go back; otherwise the picture never does.
                let resume = if before_tick > target + MAX_REWIND {
                    target
                } else {
                    before_tick.min(horizon)
                };
                while tick < resume {
                    obey(&mut state, tick);
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
                obey(state, *tick);
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

    /// Gives the present away; the next one is made from the base.
    pub(super) fn take_present(&mut self) -> Option<(Tick, S)> {
        self.stale = true;
        self.present.take()
    }

    /// If the last [`advance`](Self::advance) changed what had been predicted: what had been
    /// predicted for the tick at which it began.
    pub(super) const fn corrected(&self) -> Option<&S> {
        self.corrected.as_ref()
    }
}
