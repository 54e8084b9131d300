//! Salvage: what is fought for.

use serde::{Deserialize, Serialize};

use super::space::{Position, Velocity, world_units};
use crate::sim::TICK_RATE;

/// The radius of a piece of salvage, in units.
pub const SALVAGE_RADIUS: u32 = world_units(8);

/// How long a piece stays, in ticks.
pub const SALVAGE_TICKS: u16 = (25 * TICK_RATE) as u16;

/// A piece of salvage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Salvage {
    /// Where it is.
    pub position: Position,
    /// Its movement, which dies down.
    pub velocity: Velocity,
    /// What it adds to a score.
    pub value: u8,
    /// Ticks until it vanishes.
    pub remaining: u16,
}

impl Salvage {
    /// Whether the piece is about to vanish and should blink.
    #[must_use]
    pub const fn is_fading(&self) -> bool {
        self.remaining < (5 * TICK_RATE) as u16
    }
}
