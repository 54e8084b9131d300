//! Joining: players and spectators, and changes of the host.
//!
//! A [`Guest`](crate::Guest) takes the host's payloads, and publishes the inputs of its player. A
//! spectator is a guest without a seat: it publishes nothing.
//!
//! ```
//! # mod dots { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/guide.rs")); }
//! # use dots::*;
//! use std::time::Duration;
//! use netcode::{Epoch, Guest, Host, HostOptions, Outgoing, Simulation, Sync, Tick};
//!
//! let mut now = Duration::ZERO;
//! let slot = Dots::slots().next().unwrap();
//! let mut host = Host::new(Epoch(1), Tick(0), Dots::default(), HostOptions::default(), now);
//! host.grant(slot, now);
//!
//! let mut guest = Guest::<Dots>::new(Epoch(1), 7, now);
//! guest.set_slot(Some(slot));
//! assert_eq!(guest.sync(), Sync::Waiting);
//!
//! for _ in 0..120 {
//!     now += Duration::from_millis(16);
//!     // A network without latency. The payloads are remote bytes: errors are expected.
//!     host.update(now, |kind, payload| {
//!         let received = match kind {
//!             Outgoing::Delta => guest.receive_delta(payload, now),
//!             _ => guest.receive_keyframe(payload, now),
//!         };
//!         if let Err(error) = received {
//!             eprintln!("the host sent something else: {error}");
//!         }
//!     });
//!     guest.steer(true);
//!     guest.update(now, |_, payload| {
//!         if let Err(error) = host.receive(slot, payload, now) {
//!             eprintln!("the player in seat {slot} sent something else: {error}");
//!         }
//!     });
//! }
//! assert_eq!(guest.sync(), Sync::Live);
//! assert_eq!(host.state().controls(slot), Some(true));
//! ```
//!
//! # Synchronisation
//!
//! A guest begins with a keyframe, and applies the deltas that follow it. It applies no delta to a
//! state that is not the delta's base. If one is missing or a checksum differs, it predicts on, asks
//! for a keyframe, and continues from that. A reader needs the keyframe topic unless
//! [`Guest::sync`](crate::Guest::sync) is [`Sync::Live`](crate::Sync::Live); to save traffic, it may
//! unsubscribe from the topic meanwhile.
//!
//! # Another host
//!
//! Each host of a match has an [`Epoch`](crate::Epoch), larger than the one before. When another
//! client takes over, it calls [`Guest::become_host`](crate::Guest::become_host) with the next epoch,
//! the others call [`Guest::follow`](crate::Guest::follow), and a host that was replaced calls
//! [`Host::become_guest`](crate::Host::become_guest). The play goes on from what the players saw.
//!
//! ```
//! # mod dots { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/guide.rs")); }
//! # use dots::*;
//! use std::time::Duration;
//! use netcode::{Epoch, Host, HostOptions, Tick};
//!
//! let now = Duration::ZERO;
//! let options = HostOptions::default();
//! let mut host = Host::new(Epoch(1), Tick(0), Dots::default(), options, now);
//! let mut guest = host.become_guest(Epoch(2), 7, now);
//! assert_eq!(guest.epoch(), Epoch(2));
//! let host = guest.become_host(Epoch(3), options, now).unwrap();
//! assert_eq!(host.epoch(), Epoch(3));
//! ```
//!
//! The library does not decide *when*: [`Guest::silence`](crate::Guest::silence) and
//! [`Guest::gone_for`](crate::Guest::gone_for) measure how long the host has been absent. Exactly one
//! client may host an epoch; let a server decide which, by compare-and-set.
