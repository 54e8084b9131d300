//! The limits of the input check, in ticks of the audited game.
//!
//! Non-goals: limits in time, which do not depend on the game's tick rate.

use netcode::{Simulation, max_ahead};

#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// See [`max_ahead`].
    pub(super) max_ahead: i64,
    /// For this long after an input stamped too far ahead, the inputs of its sender are not checked:
    /// the host may have received the later ones in another order.
    pub(super) unchecked_ticks: u32,
}

impl Limits {
    pub(super) const fn of<S: Simulation>() -> Self {
        Self {
            max_ahead: max_ahead::<S>(),
            unchecked_ticks: 10 * S::TICK_RATE,
        }
    }
}
