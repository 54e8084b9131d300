use netcode::{Simulation, Slot};
use serde::{Deserialize, Serialize};

/// By seat: whether the player holds the button, and how far its dot has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Dots {
    buttons: [Option<bool>; 4],
    places: [u32; 4],
}

/// A dot has reached a multiple of 100.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Milestone(pub(crate) Slot, pub(crate) u32);

impl Simulation for Dots {
    const TICK_RATE: u32 = 60;
    const SEATS: usize = 4;
    const RULES_VERSION: u32 = 1;

    type Controls = bool;
    type Message = String;
    type Event = Milestone;

    fn join(&mut self, slot: Slot) {
        self.buttons[slot.index()] = Some(false);
    }

    fn leave(&mut self, slot: Slot) {
        self.buttons[slot.index()] = None;
    }

    fn steer(&mut self, slot: Slot, controls: bool) {
        if let Some(button) = &mut self.buttons[slot.index()] {
            *button = controls;
        }
    }

    fn controls(&self, slot: Slot) -> Option<bool> {
        self.buttons[slot.index()]
    }

    fn step(&mut self, mut emit: impl FnMut(Milestone)) {
        for slot in Self::slots() {
            if self.buttons[slot.index()] == Some(true) {
                let place = &mut self.places[slot.index()];
                *place = place.wrapping_add(1);
                if place.is_multiple_of(100) {
                    emit(Milestone(slot, *place));
                }
            }
        }
    }

    fn checksum(&self) -> u32 {
        netcode::wire::digest(self)
    }
}
