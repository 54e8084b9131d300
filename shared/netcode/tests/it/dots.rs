//! A small game: each seat's dot moves by the controls that its player holds.

use netcode::{Simulation, Slot};
use serde::{Deserialize, Serialize};

/// The dots of a match, and some bytes that only make the state larger.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Dots<const SEATS: usize = 4, const TICK_RATE: u32 = 60> {
    /// By seat: the controls and the place of its dot.
    dots: Vec<(Option<u8>, u32)>,
    ballast: Vec<u8>,
}

impl<const SEATS: usize, const TICK_RATE: u32> Dots<SEATS, TICK_RATE> {
    /// A state whose encoding is larger than `ballast` bytes.
    pub(crate) fn with_ballast(ballast: usize) -> Self {
        Self {
            dots: vec![(None, 0); SEATS],
            ballast: (0..ballast).map(|index| index as u8).collect(),
        }
    }

    pub(crate) fn new() -> Self {
        Self::with_ballast(0)
    }

    /// How far the seat's dot has come.
    pub(crate) fn place(&self, slot: Slot) -> u32 {
        self.dots.get(slot.index()).map_or(0, |(_, place)| *place)
    }

    fn set(&mut self, slot: Slot, controls: Option<u8>) {
        if let Some((held, _)) = self.dots.get_mut(slot.index()) {
            *held = controls;
        }
    }
}

impl<const SEATS: usize, const TICK_RATE: u32> Simulation for Dots<SEATS, TICK_RATE> {
    const TICK_RATE: u32 = TICK_RATE;
    const SEATS: usize = SEATS;
    const RULES_VERSION: u32 = 1;

    type Controls = u8;
    type Message = String;
    /// A dot has moved.
    type Event = Slot;

    fn join(&mut self, slot: Slot) {
        self.set(slot, Some(0));
    }

    fn leave(&mut self, slot: Slot) {
        self.set(slot, None);
    }

    fn steer(&mut self, slot: Slot, controls: u8) {
        if self.controls(slot).is_some() {
            self.set(slot, Some(controls));
        }
    }

    fn controls(&self, slot: Slot) -> Option<u8> {
        self.dots.get(slot.index())?.0
    }

    fn step(&mut self, mut emit: impl FnMut(Slot)) {
        for (slot, (controls, place)) in Slot::first(SEATS).zip(&mut self.dots) {
            if let Some(step @ 1..) = *controls {
                *place = place.wrapping_add(u32::from(step));
                emit(slot);
            }
        }
    }

    fn checksum(&self) -> u32 {
        let digest =
            |digest: u32, word: u32| digest.rotate_left(5).wrapping_mul(0x9e37_79b1) ^ word;
        let ballast = self.ballast.iter().map(|&byte| u32::from(byte));
        let dots = self
            .dots
            .iter()
            .flat_map(|(controls, place)| [controls.map_or(0, |held| u32::from(held) + 1), *place]);
        ballast.chain(dots).fold(0, digest)
    }
}
