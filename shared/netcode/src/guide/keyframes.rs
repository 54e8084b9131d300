//! Keyframes: states that are larger than one payload.
//!
//! A keyframe that fits into [`MAX_PAYLOAD`](crate::Simulation::MAX_PAYLOAD) bytes is one payload,
//! [`Outgoing::Keyframe`](crate::Outgoing::Keyframe). Publish it as a retained message: the broker
//! then gives it to each new subscriber, also when no host is connected.
//!
//! A larger one travels in up to [`MAX_PARTS`](crate::wire::MAX_PARTS) payloads,
//! [`Outgoing::KeyframePart`](crate::Outgoing::KeyframePart), on the same topic. A guest takes both
//! with [`Guest::receive_keyframe`](crate::Guest::receive_keyframe), which collects the parts in any
//! order. A topic retains one message only, so parts are not retained, and:
//!
//! - A late joiner waits until the host answers its request. A spectator sends no request, and waits
//!   for the next regular keyframe, at most
//!   [`keyframe_interval`](crate::Pace::keyframe_interval).
//! - If the only process of a match restarts, the state is lost. A state of one payload survives.
//!
//! A state that does not fit into the parts cannot be published. The host goes on, and guests that
//! hold a state follow the deltas, but nobody can join or resynchronise.
//! [`Host::failure`](crate::Host::failure) reports it:
//!
//! ```
//! use std::time::Duration;
//! use netcode::{Epoch, Host, HostOptions, Outgoing, Simulation, Slot, Tick};
//! use serde::{Deserialize, Serialize};
//!
//! /// A picture that grows by a row of 300 pixels in each tick.
//! #[derive(Clone, Default, Serialize, Deserialize)]
//! struct Picture(Vec<u8>);
//!
//! impl Simulation for Picture {
//!     const TICK_RATE: u32 = 10;
//!     const SEATS: usize = 1;
//!     const RULES_VERSION: u32 = 1;
//!     const MAX_PAYLOAD: usize = 1_024;
//! #   type Controls = ();
//! #   type Message = ();
//! #   type Event = ();
//! #   fn join(&mut self, _: Slot) {}
//! #   fn leave(&mut self, _: Slot) {}
//! #   fn steer(&mut self, _: Slot, (): ()) {}
//! #   fn controls(&self, _: Slot) -> Option<()> { None }
//! #   fn checksum(&self) -> u32 { netcode::wire::digest(self) }
//!
//!     fn step(&mut self, _: impl FnMut(())) {
//!         self.0.extend([9; 300]);
//!     }
//!     // …
//! }
//!
//! let options = HostOptions::default();
//! let mut host = Host::new(Epoch(1), Tick(0), Picture::default(), options, Duration::ZERO);
//! let mut published = Vec::new();
//! for tick in 1..=100 {
//!     host.update(Duration::from_millis(100) * tick, |kind, _| published.push(kind));
//!     if let Some(error) = host.failure() {
//!         eprintln!("nobody can join this match: {error}");
//!         break;
//!     }
//! }
//! assert!(published.contains(&Outgoing::KeyframePart));
//! assert!(host.failure().is_some());
//! ```
//!
//! To keep a state small, serialise what cannot be computed from the rest, in types whose common
//! values are small: integers are encoded in as few bytes as they need.
