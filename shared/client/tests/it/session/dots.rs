//! A minimal game: the dot of each seat moves by its controls.

use netcode::{Simulation, Slot};
use serde::{Deserialize, Serialize};

const SEATS: usize = 32;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Dots {
    seats: [Option<u8>; SEATS],
    positions: [u32; SEATS],
}

impl Dots {
    /// The position of the seat's dot.
    pub(crate) fn position(&self, slot: Slot) -> u32 {
        self.positions[slot.index()]
    }
}

impl Simulation for Dots {
    const TICK_RATE: u32 = 60;
    const SEATS: usize = SEATS;
    const RULES_VERSION: u32 = 1;

    type Controls = u8;
    type Message = u32;
    type Event = ();

    fn join(&mut self, slot: Slot) {
        self.seats[slot.index()] = Some(0);
    }

    fn leave(&mut self, slot: Slot) {
        self.seats[slot.index()] = None;
    }

    fn steer(&mut self, slot: Slot, controls: u8) {
        if let Some(held) = &mut self.seats[slot.index()] {
            *held = controls;
        }
    }

    fn controls(&self, slot: Slot) -> Option<u8> {
        self.seats[slot.index()]
    }

    fn step(&mut self, _: impl FnMut(())) {
        for (seat, position) in self.seats.iter().zip(&mut self.positions) {
            *position = position.wrapping_add(u32::from(seat.unwrap_or(0)));
        }
    }

    fn checksum(&self) -> u32 {
        let seats = self
            .seats
            .iter()
            .map(|seat| seat.map_or(0, |held| u32::from(held) + 1));
        seats.chain(self.positions).fold(0, |digest: u32, word| {
            digest.rotate_left(5).wrapping_mul(0x9e37_79b1) ^ word
        })
    }
}
