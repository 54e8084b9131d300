//! Limits, and what the library does not do.
//!
//! | what | limit |
//! |---|---|
//! | [`Simulation::SEATS`] | 1 to 64 ([`MAX_SEATS`]) |
//! | [`Simulation::TICK_RATE`] | 1 to 1,000 ticks per second |
//! | [`Simulation::MAX_PAYLOAD`] | 512 bytes to 64 KiB ([`PAYLOAD_LIMIT`]); the default is 4,096 |
//! | an encoded state | [`MAX_PARTS`] payloads: 16 · `MAX_PAYLOAD`, less some bytes for each |
//! | an encoded message | 96 bytes ([`MAX_MESSAGE`]), one in half a second from each player |
//! | changes in a delta | 64 ([`MAX_CHANGES`]) |
//! | repeated deltas in a delta | 4 ([`MAX_REPEATS`]) |
//! | prediction | 120 ticks ahead of the confirmed state |
//! | inputs | stamped at most [`max_ahead`] ticks ahead of the host |
//!
//! The constants of a game are checked when it is compiled:
//!
//! ```compile_fail
//! # use netcode::{Epoch, Guest, Simulation, Slot};
//! # #[derive(Clone, serde::Serialize, serde::Deserialize)]
//! struct Crowd;
//!
//! impl Simulation for Crowd {
//!     const SEATS: usize = 65;
//!     // …
//! #   const TICK_RATE: u32 = 60;
//! #   const RULES_VERSION: u32 = 1;
//! #   type Controls = ();
//! #   type Message = ();
//! #   type Event = ();
//! #   fn join(&mut self, _: Slot) {}
//! #   fn leave(&mut self, _: Slot) {}
//! #   fn steer(&mut self, _: Slot, (): ()) {}
//! #   fn controls(&self, _: Slot) -> Option<()> { None }
//! #   fn step(&mut self, _: impl FnMut(())) {}
//! #   fn checksum(&self) -> u32 { 0 }
//! }
//!
//! let guest = Guest::<Crowd>::new(Epoch(1), 0, std::time::Duration::ZERO);
//! ```
//!
//! Parts of a keyframe are not retained by the broker: see [`keyframes`](super::keyframes).
//!
//! # Non-goals
//!
//! - Transport: topics, sockets, reconnecting, encryption.
//! - Identity, matchmaking, and the choice of the host. The caller grants seats and calls the
//!   changes of role.
//! - Hidden information: all readers hold the whole state.
//! - Games that cannot be deterministic, or whose state cannot be cloned several times in a frame.
//! - Rollback on the host: an input that arrives late takes effect when it arrives.
//!
//! [`MAX_CHANGES`]: crate::wire::MAX_CHANGES
//! [`MAX_MESSAGE`]: crate::wire::MAX_MESSAGE
//! [`MAX_PARTS`]: crate::wire::MAX_PARTS
//! [`MAX_REPEATS`]: crate::wire::MAX_REPEATS
//! [`MAX_SEATS`]: crate::MAX_SEATS
//! [`PAYLOAD_LIMIT`]: crate::wire::PAYLOAD_LIMIT
//! [`Simulation::MAX_PAYLOAD`]: crate::Simulation::MAX_PAYLOAD
//! [`Simulation::SEATS`]: crate::Simulation::SEATS
//! [`Simulation::TICK_RATE`]: crate::Simulation::TICK_RATE
//! [`max_ahead`]: crate::max_ahead
