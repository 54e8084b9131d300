//! The asteroid field: how rocks appear, move, break in two, and become salvage.
//!
//! Non-goals: what breaks a rock.

use netcode::Slot;

use super::Arena;
use super::event::Event;
use super::heading::Heading;
use super::rock::{Rock, RockSize};
use super::space::{Position, Velocity, world_units, world_units_per_second};
use crate::MAX_SLOTS;

/// The least distance of a new rock to a ship, so that none appears on a screen of common size.
const SPAWN_DISTANCE: u32 = world_units(420);

/// Ticks between two attempts to replace a broken rock.
const REPLENISH_TICKS: u16 = 20;

/// The number of random places per attempt.
const REPLENISH_TRIES: usize = 4;

/// The target mass of all rocks, in small rocks, for a number of pilots.
const fn target_mass(pilots: usize) -> u32 {
    60 + 3 * pilots as u32
}

impl Arena {
    /// Fills an empty field.
    pub(super) fn fill_field(&mut self) {
        // Bots join in the first step, but count for the size of the field.
        let pilots = self.pilots().max(usize::from(self.bots).min(MAX_SLOTS));
        while self.rock_mass() < target_mass(pilots) && !self.rocks.is_full() {
            let place = self.random_position();
            self.add_rock(place);
        }
    }

    /// Adds a rock from time to time if there are too few for the number of pilots.
    pub(super) fn replenish_field(&mut self) {
        let due = self.round.remaining.is_multiple_of(REPLENISH_TICKS);
        if due && self.rock_mass() < target_mass(self.pilots()) && !self.rocks.is_full() {
            for _ in 0..REPLENISH_TRIES {
                let place = self.random_position();
                if self.is_clear_of_ships(place, SPAWN_DISTANCE) {
                    self.add_rock(place);
                    break;
                }
            }
        }
    }

    pub(super) fn move_rocks(&mut self) {
        for rock in &mut self.rocks {
            rock.position = rock.position.drifted(rock.velocity);
        }
    }

    /// Breaks the rock at `index`, which another rock takes over.
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
        let direction = Heading(self.rng.next() as u16);
        let push = world_units_per_second(20 + self.rng.below(40));
        for heading in [direction, direction + 32768] {
            let fragment = Rock {
                position: rock.position.moved(heading.offset(size.radius() as i32)),
                velocity: rock.velocity.plus(heading.offset(push)),
                size,
                seed: self.rng.next() as u8,
            };
            // A fragment beyond the capacity is dropped.
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
