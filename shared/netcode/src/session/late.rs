//! The limits of an input's stamp that a host applies and an auditor checks.
//!
//! Non-goals: late inputs, which take effect at once.

use crate::{Simulation, Tick};

/// An input that is stamped further ahead of the host's state than this many ticks, about two
/// seconds, is acknowledged but has no effect: its sender's clock is wrong, and the slack in the
/// acknowledgement corrects it.
///
/// Less than [`i8::MAX`], so that the slack shows it.
#[must_use]
pub const fn max_ahead<S: Simulation>() -> i64 {
    if S::TICK_RATE < 63 {
        2 * S::TICK_RATE as i64
    } else {
        126
    }
}

/// Whether an input stamped with `stamp` that arrives at a host in `tick` has no effect because of
/// [`max_ahead`].
#[must_use]
pub const fn is_too_far_ahead<S: Simulation>(stamp: Tick, tick: Tick) -> bool {
    stamp.since(tick) > max_ahead::<S>()
}

/// Whether an input stamped with `stamp` can take effect in `tick`: in the tick of its stamp or, if
/// it arrives late, in any later one.
///
/// A host applies at most one input of a player in each tick, in the order of their stamps.
#[must_use]
pub const fn is_due(stamp: Tick, tick: Tick) -> bool {
    stamp.0 <= tick.0
}
