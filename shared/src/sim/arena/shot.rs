//! Shots: straight, fast, and gone after a second.

use serde::{Deserialize, Serialize};

use super::space::{Position, Velocity, world_units, world_units_per_second};
use crate::sim::Slot;

/// The radius of a shot, in units.
pub const SHOT_RADIUS: u32 = world_units(3);

/// How long a shot lives, in ticks.
pub const SHOT_TICKS: u8 = 60;

/// How fast a shot leaves the muzzle, in units per tick; the ship's velocity comes on top.
pub(super) const SHOT_SPEED: i32 = world_units_per_second(620);

/// A shot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shot {
    /// Where it is.
    pub position: Position,
    /// Its movement, which nothing changes.
    pub velocity: Velocity,
    /// Who fired it.
    pub owner: Slot,
    /// Ticks left to live.
    pub remaining: u8,
}
