//! A rock: its state, its sizes and their radii.
//!
//! Non-goals: shape and spin, which are drawn from the seed and are not part of the state; and how
//! rocks appear, move and break: see [`super::field`].

use serde::{Deserialize, Serialize};

use super::space::{Position, Velocity, world_units};

/// A rock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rock {
    /// Its centre.
    pub position: Position,
    /// Its velocity, which is constant.
    pub velocity: Velocity,
    /// Its size.
    pub size: RockSize,
    /// The seed of its shape and spin.
    pub seed: u8,
}

/// The size of a rock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum RockSize {
    /// Breaks into salvage.
    Small,
    /// Breaks into two small ones.
    Medium,
    /// Breaks into two medium ones.
    Large,
}

impl From<RockSize> for u8 {
    fn from(size: RockSize) -> Self {
        size as Self
    }
}

impl TryFrom<u8> for RockSize {
    type Error = &'static str;

    fn try_from(byte: u8) -> Result<Self, Self::Error> {
        match byte {
            0 => Ok(Self::Small),
            1 => Ok(Self::Medium),
            2 => Ok(Self::Large),
            _ => Err("unknown size of rock"),
        }
    }
}

impl RockSize {
    /// The radius of a rock of this size, in units.
    #[must_use]
    pub const fn radius(self) -> u32 {
        match self {
            Self::Small => world_units(16),
            Self::Medium => world_units(29),
            Self::Large => world_units(50),
        }
    }

    /// The size of the fragments; `None` if the rock becomes salvage.
    pub(super) const fn next_smaller(self) -> Option<Self> {
        match self {
            Self::Small => None,
            Self::Medium => Some(Self::Small),
            Self::Large => Some(Self::Medium),
        }
    }

    /// The mass, in small rocks.
    pub(super) const fn mass(self) -> u32 {
        match self {
            Self::Small => 1,
            Self::Medium => 2,
            Self::Large => 4,
        }
    }
}
