//! A seeded drill: the same play on every target, to prove that every target agrees.
//!
//! It deliberately has no expectation of its own: whoever runs it compares.

use super::{Arena, Controls};
use crate::MAX_SLOTS;
use netcode::{Simulation, Slot};
use rng::Rng;

/// Plays `ticks` ticks in which people come, go and press buttons by chance, and digests the
/// checksums along the way.
#[must_use]
pub fn drill(seed: u64, ticks: u32) -> u32 {
    let mut chance = Rng::new(seed);
    let mut arena = Arena::new(chance.next(), 12);
    let mut digest = 0_u32;
    for _ in 0..ticks {
        decide(&mut arena, &mut chance);
        arena.step(|_| ());
        digest = digest.rotate_left(1) ^ arena.checksum();
    }
    digest
}

fn decide(arena: &mut Arena, chance: &mut Rng) {
    let Some(slot) = Slot::new(chance.below(MAX_SLOTS as u32) as u8) else {
        return;
    };
    // About a quarter of the seats are taken by people at a time, so bots come and go as well.
    match chance.below(400) {
        0..=1 => arena.join(slot),
        2..=7 => arena.leave(slot),
        8..=199 => {
            let [buttons, heading, ..] = chance.next().to_le_bytes();
            arena.steer(slot, Controls::from((buttons, heading)));
        }
        _ => (),
    }
}
