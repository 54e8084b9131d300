//! Events and messages: effects, scores and chat.
//!
//! A step emits the game's [`Event`](crate::Simulation::Event)s. A session reports each of them twice,
//! as a [`Notice`](crate::Notice):
//!
//! - [`Predicted`](crate::Notice::Predicted), in the frame in which it happens in the predicted
//!   present. A correction may revoke it, and nothing reports that. It suits what is seen or heard at
//!   once and then forgotten: muzzle flashes and sounds.
//! - [`Confirmed`](crate::Notice::Confirmed), when it has happened in the host's state. It suits what
//!   must be right: scores, deaths, and the end of a round. An event that nobody predicted is only
//!   confirmed.
//!
//! Events of ticks that a keyframe skipped are not reported; what must not be missed belongs into the
//! state.
//!
//! A [`Message`](crate::Simulation::Message) is what players say to each other. The log carries it in
//! order with the play, to players, spectators and recorders, and it has no effect on the state. A
//! message is at most [`MAX_MESSAGE`](crate::wire::MAX_MESSAGE) bytes long when encoded, and the host
//! drops those that a player sends within half a second of its last one.
//!
//! ```
//! # mod dots { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/guide.rs")); }
//! # use dots::*;
//! use std::time::Duration;
//! use netcode::{Epoch, Host, HostOptions, Notice, Simulation, Tick};
//!
//! let mut now = Duration::ZERO;
//! let slot = Dots::slots().next().unwrap();
//! let mut host = Host::new(Epoch(1), Tick(0), Dots::default(), HostOptions::default(), now);
//! host.seat_local(slot, now);
//! host.message("first to 100 wins".into(), now).unwrap();
//! assert!(host.message("x".repeat(100), now).is_err());
//!
//! let (mut said, mut effects, mut winner) = (Vec::new(), 0, None);
//! while now < Duration::from_secs(2) {
//!     now += Duration::from_millis(16);
//!     host.steer(true);
//!     host.update(now, |_, _| {});
//!     for notice in host.drain_notices() {
//!         match notice {
//!             Notice::Message { slot, message } => said.push((slot, message)),
//!             Notice::Predicted(Milestone(..)) => effects += 1,
//!             Notice::Confirmed { event: Milestone(slot, _), .. } => winner = Some(slot),
//!         }
//!     }
//! }
//! assert_eq!(said, [(slot, "first to 100 wins".to_owned())]);
//! assert_eq!((effects, winner), (1, Some(slot)));
//! ```
