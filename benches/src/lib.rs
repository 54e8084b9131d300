//! What the benches measure: messages and arenas as a match of eight pilots produces them.
//!
//! The benches themselves are in `benches/`; run them by `cargo bench -p benches`. What needs no
//! clock is a [`scenario`].

pub mod scenario;

use arena::MAX_SLOTS;
use arena::{Arena, Buttons, Controls, Say};
use netcode::wire::{Ack, Change, Delta, Downlink, Input, Keyframe, Stamped, Timed, Uplink};
use netcode::{Simulation, Slot, Tick};
use protocol::Epoch;

/// An arena after a minute of play by this many bots.
#[must_use]
pub fn arena(pilots: u8) -> Arena {
    let mut arena = Arena::new(7, pilots);
    for _ in 0..3_600 {
        arena.step(|_| {});
    }
    arena
}

fn controls() -> Controls {
    Controls::new(Buttons::THRUST)
}

/// What a pilot publishes on pressing a key, ten minutes into a match.
#[must_use]
pub fn input() -> Uplink<Controls, Say> {
    Uplink::Input(Input {
        stamped: [Stamped {
            tick: Tick(36_000),
            controls: controls(),
        }]
        .into_iter()
        .collect(),
        round_trip: 7,
    })
}

/// What the host publishes when this many pilots, 32 at most, have changed their controls, ten
/// minutes into a match.
#[must_use]
pub fn delta(changes: usize) -> Downlink<Controls, Say> {
    Downlink::Delta(Delta {
        seq: 9_000,
        tick: Tick(36_000),
        span: 3,
        changes: Slot::first(MAX_SLOTS)
            .take(changes)
            .map(|slot| Timed {
                offset: 1,
                slot,
                change: Change::Steer(controls()),
            })
            .collect(),
        acks: Slot::first(MAX_SLOTS)
            .take(changes)
            .map(|slot| Ack {
                slot,
                stamp: -2,
                slack: 1,
            })
            .collect(),
        repeated: core::iter::empty().collect(),
        checksum: [0x12, 0x34, 0x56, 0x78],
    })
}

/// The keyframe of an arena.
#[must_use]
pub fn keyframe(arena: Arena) -> Keyframe<Arena> {
    Keyframe {
        epoch: Epoch(1),
        seq: 9_000,
        tick: Tick(36_000),
        state: arena,
    }
}
