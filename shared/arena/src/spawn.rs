//! Where ships and rocks appear: somewhere by chance, but not on top of anybody.

use super::Arena;
use super::event::Event;
use super::heading::Heading;
use super::ship::{Life, Pilot};
use super::space::{Position, world_units};
use crate::MAX_SLOTS;
use netcode::Slot;

/// Places that are compared for a ship.
const CANDIDATES: usize = 8;

/// A ship this far away makes a place no better by being farther: a fight should be in reach.
const FAR_ENOUGH: u32 = world_units(900);

/// A rock is as bad as a ship this many times as far away.
const ROCK_WEIGHT: u32 = 5;

impl Arena {
    /// Brings the ships of waiting pilots into the arena whose time has come.
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
                let at = self.safe_place();
                let heading = Heading(self.rng.next() as u16);
                self.ships[slot.index()].appear(at, heading);
                emit(Event::Spawned { slot, at });
            }
        }
    }

    /// The best of a few places by chance; of equally good ones the first.
    fn safe_place(&mut self) -> Position {
        let mut best = (self.anywhere(), 0);
        best.1 = self.safety(best.0);
        for _ in 1..CANDIDATES {
            let place = self.anywhere();
            let safety = self.safety(place);
            if safety > best.1 {
                best = (place, safety);
            }
        }
        best.0
    }

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

    /// A place by chance.
    pub(super) const fn anywhere(&mut self) -> Position {
        let bits = self.rng.next();
        Position::new((bits >> 32) as u32, bits as u32)
    }

    /// Whether no ship flies within `reach` of the place.
    pub(super) fn is_deserted(&self, place: Position, reach: u32) -> bool {
        !self
            .ships
            .iter()
            .any(|ship| ship.is_flying() && place.is_near(ship.position, reach))
    }
}
