//! The auditor's limits, in ticks of the audited game.

use netcode::{Simulation, max_ahead};

#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// See [`max_ahead`].
    pub(super) max_ahead: i64,
    /// How long after an input that was stamped too far ahead its sender's inputs prove nothing: the
    /// host may have taken its later inputs in another order.
    pub(super) doubt: u32,
}

impl Limits {
    pub(super) const fn of<S: Simulation>() -> Self {
        Self {
            max_ahead: max_ahead::<S>(),
            doubt: 10 * S::TICK_RATE,
        }
    }
}
