//! Who sits where: the wills of those who left, and the bots that fill up.
//!
//! It deliberately decides nothing for people; they come and go by the netcode's `join` and
//! `leave`.

use super::Arena;
use super::event::Event;
use super::ship::{Pilot, Ship};
use crate::MAX_SLOTS;
use netcode::Slot;

impl Arena {
    /// Executes the will of everybody who left, then lets bots yield or fill up, so that people
    /// and bots together make up the larger of the people and the bots asked for.
    pub(super) fn settle_seats(&mut self, emit: &mut dyn FnMut(Event)) {
        for slot in Slot::first(MAX_SLOTS) {
            if self.ship(slot).pilot == Pilot::Empty {
                self.vacate(slot, emit);
            }
        }
        let people = self.count(Pilot::Person);
        let wanted = usize::from(self.bots).saturating_sub(people);
        let mut bots = self.count(Pilot::Bot);
        // The lowest bot seat yields first and the highest empty one fills first, so that those
        // who keep playing keep their seats.
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

    /// Empties the seat; all of its pilot's salvage scatters.
    pub(super) fn vacate(&mut self, slot: Slot, emit: &mut dyn FnMut(Event)) {
        let left = core::mem::replace(&mut self.ships[slot.index()], Ship::VACANT);
        if left.score > 0 {
            self.scatter_estate(slot, left.position, left.velocity, left.score, emit);
        }
    }

    /// How many pilots there are.
    pub(super) fn pilots(&self) -> usize {
        self.ships.len() - self.count(Pilot::Empty)
    }

    fn count(&self, pilot: Pilot) -> usize {
        self.ships.iter().filter(|ship| ship.pilot == pilot).count()
    }
}
