//! The host's local player: its controls, delayed to the tick that it was shown.
//!
//! Non-goals: prediction; the host steps the state ahead to that tick.

use arrayvec::ArrayVec;

use crate::{Slot, Tick};

use super::player::MAX_QUEUE;

/// The controls of the host's own player.
#[derive(Clone, Debug)]
pub(super) struct LocalPlayer<C> {
    pub(super) slot: Slot,
    held: C,
    /// Controls with the tick that was shown when they were chosen, and in which they take effect;
    /// oldest first.
    queue: ArrayVec<(Tick, C), MAX_QUEUE>,
}

impl<C: Copy + PartialEq> LocalPlayer<C> {
    pub(super) const fn new(slot: Slot, held: C) -> Self {
        Self {
            slot,
            held,
            queue: ArrayVec::new_const(),
        }
    }

    /// Holds `controls` from the `shown` tick on.
    pub(super) fn steer(&mut self, controls: C, shown: Tick) {
        if self.held == controls {
            return;
        }
        self.held = controls;
        match self.queue.last_mut() {
            Some((tick, last)) if *tick >= shown => *last = controls,
            _ => {
                if self.queue.is_full() {
                    self.queue.remove(0);
                }
                self.queue.push((shown, controls));
            }
        }
    }

    /// The newest controls whose tick has come.
    pub(super) fn due(&self, tick: Tick) -> Option<C> {
        let due = self.queue.iter().rev().find(|(at, _)| *at <= tick);
        due.map(|(_, controls)| *controls)
    }

    /// The controls that take effect in just this tick.
    pub(super) fn at(&self, tick: Tick) -> Option<C> {
        let at = self.queue.iter().find(|(at, _)| *at == tick);
        at.map(|(_, controls)| *controls)
    }

    /// Forgets the controls of ticks before this one.
    pub(super) fn forget_before(&mut self, tick: Tick) {
        self.queue.retain(|(at, _)| *at >= tick);
    }
}
