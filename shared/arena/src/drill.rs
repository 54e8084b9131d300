//! A seeded match with random players, to compare the checksums of different targets.
//!
//! Non-goals: an expected value; the caller compares.

use super::{Arena, Controls};
use crate::MAX_SLOTS;
use netcode::{Simulation, Slot};
use rng::Rng;

/// Plays `ticks` ticks in which people randomly join, leave and change their controls; returns a
/// digest of all checksums.
#[must_use]
pub fn drill(seed: u64, ticks: u32) -> u32 {
    let mut rng = Rng::new(seed);
    let mut arena = Arena::new(rng.next(), 12);
    let mut digest = 0_u32;
    for _ in 0..ticks {
        decide(&mut arena, &mut rng);
        arena.step(|_| ());
        digest = digest.rotate_left(1) ^ arena.checksum();
    }
    digest
}

fn decide(arena: &mut Arena, rng: &mut Rng) {
    let Some(slot) = Slot::new(rng.below(MAX_SLOTS as u32) as u8) else {
        return;
    };
    // People have about a quarter of the seats at a time, so that bots join and leave as well.
    match rng.below(400) {
        0..=1 => arena.join(slot),
        2..=7 => arena.leave(slot),
        8..=199 => {
            let [buttons, heading, ..] = rng.next().to_le_bytes();
            arena.steer(slot, Controls::from((buttons, heading)));
        }
        _ => (),
    }
}
