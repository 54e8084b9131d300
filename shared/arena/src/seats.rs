//! Seats: scatters the salvage of pilots that left, and fills free seats with bots.
//!
//! Non-goals: people joining and leaving, which are calls of [`netcode::Simulation`].

use super::Arena;
use super::event::Event;
use super::ship::{Pilot, Ship};
use crate::MAX_SLOTS;
use netcode::Slot;

impl Arena {
    /// Scatters the salvage of all pilots that left, then removes or adds bots, so that the number of
    /// pilots is the larger of [`Arena::bots`] and the number of people.
    pub(super) fn update_seats(&mut self, emit: &mut dyn FnMut(Event)) {
        for slot in Slot::first(MAX_SLOTS) {
            if self.ship(slot).pilot == Pilot::Empty {
                self.vacate(slot, emit);
            }
        }
        let people = self.count(Pilot::Person);
        let wanted = usize::from(self.bots).saturating_sub(people);
        let mut bots = self.count(Pilot::Bot);
        // Bots are removed from the lowest seats and added in the highest ones, so that the others
        // keep their seats.
        for slot in Slot::first(MAX_SLOTS) {
            if bots > wanted && self.ship(slot).pilot == Pilot::Bot {
                self.vacate(slot, emit);
                bots -= 1;
            }
        }
        for ship in self.ships.iter_mut().rev() {
            if bots < wanted && ship.pilot == Pilot::Empty {
                *ship = Ship::arriving(Pilot::Bot);
                bots += 1;
            }
        }
    }

    /// Empties the seat and scatters all of its pilot's salvage.
    pub(super) fn vacate(&mut self, slot: Slot, emit: &mut dyn FnMut(Event)) {
        let left = core::mem::replace(&mut self.ships[slot.index()], Ship::VACANT);
        if left.score > 0 {
            self.scatter_estate(slot, left.position, left.velocity, left.score, emit);
        }
    }

    /// The number of pilots.
    pub(super) fn pilots(&self) -> usize {
        self.ships.len() - self.count(Pilot::Empty)
    }

    fn count(&self, pilot: Pilot) -> usize {
        self.ships.iter().filter(|ship| ship.pilot == pilot).count()
    }
}
