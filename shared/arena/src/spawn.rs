//! Where ships appear: the safest of several random positions.
//!
//! Non-goals: where rocks appear: see [`super::field`].

use super::Arena;
use super::event::Event;
use super::heading::Heading;
use super::ship::{Life, Pilot};
use super::space::{Position, world_units};
use crate::MAX_SLOTS;
use netcode::Slot;

/// The number of random positions that are compared.
const CANDIDATES: usize = 8;

/// A distance above this is not better: a fight should be in reach.
const FAR_ENOUGH: u32 = world_units(900);

/// The distance to a rock counts this many times as much as the distance to a ship.
const ROCK_WEIGHT: u32 = 5;

impl Arena {
    /// Counts down for pilots without a ship, and spawns the ships that are due.
    pub(super) fn spawn_ships(&mut self, emit: &mut dyn FnMut(Event)) {
        for slot in Slot::first(MAX_SLOTS) {
            let ship = &mut self.ships[slot.index()];
            let Life::Dead { respawn_in } = &mut ship.life else {
                continue;
            };
            if ship.pilot == Pilot::Empty {
                continue;
            }
            *respawn_in = respawn_in.saturating_sub(1);
            if *respawn_in == 0 {
                let at = self.safe_position();
                let heading = Heading(self.rng.next() as u16);
                self.ships[slot.index()].appear(at, heading);
                emit(Event::Spawned { slot, at });
            }
        }
    }

    /// The safest of several random positions; the first of equally safe ones.
    fn safe_position(&mut self) -> Position {
        let mut best = (self.random_position(), 0);
        best.1 = self.safety(best.0);
        for _ in 1..CANDIDATES {
            let place = self.random_position();
            let safety = self.safety(place);
            if safety > best.1 {
                best = (place, safety);
            }
        }
        best.0
    }

    /// The distance to the nearest danger, at most [`FAR_ENOUGH`].
    fn safety(&self, place: Position) -> u32 {
        let ships = self.ships.iter().filter(|ship| ship.is_flying());
        let ships = ships.map(|ship| place.offset_to(ship.position).length());
        let rocks = self.rocks.iter().map(|rock| {
            let gap = place.offset_to(rock.position).length();
            gap.saturating_sub(rock.size.radius())
                .saturating_mul(ROCK_WEIGHT)
        });
        ships.chain(rocks).fold(FAR_ENOUGH, u32::min)
    }

    /// A random position.
    pub(super) const fn random_position(&mut self) -> Position {
        let bits = self.rng.next();
        Position::new((bits >> 32) as u32, bits as u32)
    }

    /// Whether no ship is within `reach` of the position.
    pub(super) fn is_clear_of_ships(&self, place: Position, reach: u32) -> bool {
        !self
            .ships
            .iter()
            .any(|ship| ship.is_flying() && place.is_near(ship.position, reach))
    }
}
