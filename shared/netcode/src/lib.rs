//! Netcode for deterministic simulations over a shared log.
//!
//! One client of a match, the [`Host`], steps the state in real time and publishes what the players
//! decide. The others, [`Guest`]s, apply that to states of their own and predict the present ahead of
//! it, so that each player sees its own controls take effect at once. As the simulation is
//! deterministic, only decisions are sent: the traffic does not grow with the state. As the log is
//! published once for all readers, the host's traffic does not grow with their number.
//!
//! The sessions are sans-I/O state machines: payloads and the time go in, payloads come out. They fit
//! a publish/subscribe broker such as MQTT, and need nothing of it but topics and, for late joiners,
//! retained messages.
//!
//! ```
//! # mod dots { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/guide.rs")); }
//! # use dots::*;
//! use std::time::Duration;
//! use netcode::{Epoch, Guest, Host, HostOptions, Outgoing, Simulation, Tick};
//!
//! // `Dots` is the game: it implements `Simulation`.
//! let mut now = Duration::ZERO;
//! let mut host = Host::new(Epoch(1), Tick(0), Dots::default(), HostOptions::default(), now);
//! let mut spectator = Guest::<Dots>::new(Epoch(1), 0, now);
//! let slot = Dots::slots().next().unwrap();
//! host.seat_local(slot, now);
//! for _ in 0..60 {
//!     now += Duration::from_millis(16);
//!     host.steer(true);
//!     host.update(now, |kind, payload| {
//!         match kind {
//!             Outgoing::Delta => spectator.receive_delta(payload, now).unwrap(),
//!             _ => spectator.receive_keyframe(payload, now).unwrap(),
//!         }
//!     });
//!     spectator.update(now, |_, _| {});
//! }
//! let (_, state) = spectator.predicted().unwrap();
//! assert_eq!(state.controls(slot), Some(true));
//! ```
//!
//! The [`guide`] explains the rest. The examples `dots` and `spectator` are complete games on an
//! in-memory broker: `cargo run -p netcode --example dots`.
//!
//! Non-goals: transport, identity and matchmaking; see [`guide::limits`].

#![warn(missing_docs)]

mod codec;
mod epoch;
pub mod guide;
mod line;
mod session;
mod simulation;
mod slot;
mod sync_test;
mod tick;
pub mod wire;

pub use codec::{
    ChangeOf, DeltaOf, DownlinkOf, UplinkOf, decode_downlink, decode_uplink, max_state,
};
pub use epoch::Epoch;
pub use line::{InvalidLine, Line};
pub use session::{
    Guest, Health, History, Host, HostOptions, InvalidOption, Notice, NoticeOf, Outgoing, Pace,
    SEAT_GRACE, StateTooLarge, Sync, apply_change, apply_delta, is_due, is_too_far_ahead,
    max_ahead,
};
pub use simulation::Simulation;
pub use slot::{MAX_SEATS, Slot};
pub use sync_test::{Difference, SyncTestError, SyncTestOptions, sync_test};
pub use tick::Tick;
