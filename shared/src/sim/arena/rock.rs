//! Rocks: they drift, break in two, and the smallest free salvage.
//!
//! How a rock looks and spins is deliberately no state: it follows from its seed.

use serde::{Deserialize, Serialize};

use super::space::{Position, Velocity, world_units};

/// A rock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rock {
    /// Its middle.
    pub position: Position,
    /// Its movement, which only a contact changes.
    pub velocity: Velocity,
    /// How big it is.
    pub size: RockSize,
    /// What its shape and spin are drawn from.
    pub seed: u8,
}

/// How big a rock is.
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
            _ => Err("there is no such size of rock"),
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

    /// What a rock of this size breaks into.
    pub(super) const fn next_smaller(self) -> Option<Self> {
        match self {
            Self::Small => None,
            Self::Medium => Some(Self::Small),
            Self::Large => Some(Self::Medium),
        }
    }

    /// How many small rocks are in one of this size.
    pub(super) const fn mass(self) -> u32 {
        match self {
            Self::Small => 1,
            Self::Medium => 2,
            Self::Large => 4,
        }
    }
}
