//! The inputs of the benchmarks: messages and arenas of a typical match.
//!
//! ```
//! use netcode::wire;
//!
//! let keyframe = benches::keyframe(benches::arena(8));
//! assert!(wire::encode(&keyframe)?.len() <= wire::MAX_PAYLOAD);
//! # Ok::<(), wire::TooLong>(())
//! ```
//!
//! Run the benchmarks by `cargo bench -p benches`. A [`scenario`] measures without a clock.
//!
//! Non-goals: the relay's own benchmarks.

pub mod scenario;

use arena::{Arena, Buttons, Controls, MAX_SLOTS, Say};
use netcode::wire::{Ack, Change, Delta, Downlink, Input, Keyframe, Stamped, Timed, Uplink};
use netcode::{Simulation, Slot, Tick};
use protocol::Epoch;

/// An arena after a minute of play with this many bots.
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

/// An input message with one change of controls, ten minutes into a match.
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

/// A delta with changes of controls of this many pilots, at most 32, ten minutes into a match.
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
