//! The client of a game over MQTT: calls the lobby, joins or hosts a match, and stays in it.
//!
//! - [`lobby`]: the client of the relay's HTTP API.
//! - [`peer`]: a session on a link, with the topics and the roster of its match.
//! - [`participant`]: keeps a peer in its match: renews tickets, reconnects, claims the match of a
//!   vanished host.
//!
//! Hosting a match and playing in it, where `arena` is the game's [`Simulation`]:
//!
//! ```no_run
//! use core::time::Duration;
//! use client::lobby::Client;
//! use client::participant::{Online, Participant};
//! use link::Conditions;
//! use netcode::{HostOptions, Simulation};
//! use protocol::CreateMatch;
//! # use serde::{Serialize, de::DeserializeOwned};
//!
//! # fn run<S: Simulation + Serialize + DeserializeOwned>(arena: S, request: CreateMatch)
//! # -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new("http://127.0.0.1:8080");
//! let ticket = client.create(&request).wait()?;
//! let online = Online { client, conditions: Conditions::PERFECT, seed: 0 };
//! let mut host = Participant::host(ticket, online, arena, HostOptions::default(), Duration::ZERO)?;
//! loop {
//!     let now = Duration::ZERO; // the time since any fixed origin
//!     host.update(now);
//!     if let Some((tick, state)) = host.peer().present() {
//!         // draw `state`
//!         # let _ = (tick, state);
//!     }
//!     # break;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Non-goals: rendering, storage, and any game's rules.
//!
//! [`Simulation`]: netcode::Simulation

mod backoff;
mod connect;
pub mod lobby;
pub mod participant;
pub mod peer;

pub use backoff::Backoff;
pub use connect::{access, connect, jitter_seed, local_access, local_ticket};
