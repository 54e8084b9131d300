//! Rocks: they drift, break in two, and the smallest free salvage.
//!
//! How a rock looks and spins is deliberately no state: it follows from its seed.

use serde::{Deserialize, Serialize};

use super::Arena;
use super::event::Event;
use super::heading::Heading;
use super::space::{Position, Velocity, world_units, world_units_per_second};
use crate::MAX_SLOTS;
use netcode::Slot;

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

/// A rock comes no nearer than this to a ship, so that none appears on a screen of usual size.
const RESPECT: u32 = world_units(420);

/// Ticks between two attempts to replace a broken rock.
const REPLENISH_TICKS: u16 = 20;

/// Places that an attempt tries.
const REPLENISH_TRIES: usize = 4;

/// How many small rocks' worth of rock the arena has for a number of pilots.
const fn target_mass(pilots: usize) -> u32 {
    60 + 3 * pilots as u32
}

impl Arena {
    /// Fills an empty field.
    pub(super) fn fill_field(&mut self) {
        // Bots come in the first step only, but the field is theirs as well.
        let pilots = self.pilots().max(usize::from(self.bots).min(MAX_SLOTS));
        while self.rock_mass() < target_mass(pilots) && !self.rocks.is_full() {
            let place = self.anywhere();
            self.add_rock(place);
        }
    }

    /// Brings a rock from time to time if there are too few for the number of pilots.
    pub(super) fn replenish_field(&mut self) {
        let due = self.round.remaining.is_multiple_of(REPLENISH_TICKS);
        if due && self.rock_mass() < target_mass(self.pilots()) && !self.rocks.is_full() {
            for _ in 0..REPLENISH_TRIES {
                let place = self.anywhere();
                if self.is_deserted(place, RESPECT) {
                    self.add_rock(place);
                    break;
                }
            }
        }
    }

    pub(super) fn drift_rocks(&mut self) {
        for rock in &mut self.rocks {
            rock.position = rock.position.drifted(rock.velocity);
        }
    }

    /// Breaks the rock of this index; another rock takes the index.
    pub(super) fn split_rock(
        &mut self,
        index: usize,
        by: Option<Slot>,
        emit: &mut dyn FnMut(Event),
    ) {
        let rock = self.rocks.swap_remove(index);
        emit(Event::RockSplit {
            size: rock.size,
            at: rock.position,
            by,
        });
        let Some(size) = rock.size.next_smaller() else {
            let value = 1 + u8::from(self.rng.below(4) == 0);
            self.drop_salvage(rock.position, rock.velocity, value);
            return;
        };
        let apart = Heading(self.rng.next() as u16);
        let push = world_units_per_second(20 + self.rng.below(40));
        for heading in [apart, apart + 32768] {
            let fragment = Rock {
                position: rock.position.moved(heading.offset(size.radius() as i32)),
                velocity: rock.velocity.plus(heading.offset(push)),
                size,
                seed: self.rng.next() as u8,
            };
            // Where there is no room, a fragment is dust.
            let _ = self.rocks.try_push(fragment);
        }
    }

    fn add_rock(&mut self, position: Position) {
        let (size, speed) = match self.rng.below(8) {
            0 => (RockSize::Small, 100),
            1 | 2 => (RockSize::Medium, 70),
            _ => (RockSize::Large, 45),
        };
        let heading = Heading(self.rng.next() as u16);
        let speed = world_units_per_second(15 + self.rng.below(speed));
        let _ = self.rocks.try_push(Rock {
            position,
            velocity: Velocity::ZERO.plus(heading.offset(speed)),
            size,
            seed: self.rng.next() as u8,
        });
    }

    fn rock_mass(&self) -> u32 {
        self.rocks.iter().map(|rock| rock.size.mass()).sum()
    }
}
