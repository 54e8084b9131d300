//! Hosting: the authority of a match, its log and its seats.
//!
//! A [`Host`](crate::Host) steps the state in real time. What the players decide, it publishes as
//! *deltas*; now and then it publishes the whole state as a *keyframe*. Both are encoded once,
//! whatever the number of readers.
//!
//! The session does no I/O. Call [`Host::receive`](crate::Host::receive) with each payload of a
//! player's topic, and [`Host::update`](crate::Host::update) once in each frame, with the time since
//! any fixed moment:
//!
//! ```
//! # mod dots { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/guide.rs")); }
//! # use dots::*;
//! use std::time::Duration;
//! use netcode::{Epoch, Host, HostOptions, Outgoing, Simulation, Tick};
//!
//! let mut now = Duration::ZERO;
//! let options = HostOptions::default();
//! let mut host = Host::new(Epoch(1), Tick(0), Dots::default(), options, now);
//!
//! // The local player has the first seat, and a player somewhere else the second one.
//! let slots: Vec<_> = Dots::slots().collect();
//! host.seat_local(slots[0], now);
//! host.grant(slots[1], now);
//!
//! let mut published = Vec::new();
//! for _ in 0..60 {
//!     now += Duration::from_millis(16);
//!     host.steer(true);
//!     host.update(now, |kind, payload| published.push((kind, payload.to_vec())));
//! }
//! assert!(published.iter().any(|(kind, _)| *kind == Outgoing::Keyframe));
//! assert!(published.iter().any(|(kind, _)| *kind == Outgoing::Delta));
//! assert_eq!(host.state().controls(slots[0]), Some(true));
//! // The other player has sent nothing yet.
//! assert_eq!(host.state().controls(slots[1]), None);
//! ```
//!
//! # Topics
//!
//! [`Outgoing`](crate::Outgoing) says where a payload belongs. With a publish/subscribe broker, a
//! match needs these topics; the names are yours:
//!
//! | topic | publisher | retained |
//! |---|---|---|
//! | deltas of an epoch | the host of the epoch | no |
//! | keyframes of an epoch | the host of the epoch | keyframes yes, parts of keyframes no |
//! | inputs of each player | that player | no |
//!
//! Payloads do not name their sender. Let the broker allow each player to publish on its own topic
//! only, and map the topic to the seat. Deltas and inputs need no acknowledgement by the broker: lost
//! inputs are repeated, and a lost delta costs a keyframe.
//!
//! # Seats
//!
//! A seat is granted with [`grant`](crate::Host::grant) before its player can take it. The player
//! joins the simulation with its first payload, and leaves it when it says so, when
//! [`revoke`](crate::Host::revoke) ends the grant, or when [`expire`](crate::Host::expire) finds it
//! silent for [`SEAT_GRACE`](crate::SEAT_GRACE).
//!
//! # Pace
//!
//! [`HostOptions`](crate::HostOptions) sets how often deltas are published, how many earlier deltas
//! each repeats for a broker that loses messages, and whether the local player's controls are delayed
//! as much as those of the median guest.
