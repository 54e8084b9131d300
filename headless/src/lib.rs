//! Participants of Last Will matches without a screen.
//!
//! - [`host`]: hosts a match without playing in it.
//! - [`bots`]: players with a connection each, for load tests.
//! - [`record`]: records a match as a spectator.
//! - [`audit`]: checks a recorded or running match.
//! - [`probe`]: measures the latency of a broker.
//!
//! Each has a `run` function that blocks until it is stopped:
//!
//! ```no_run
//! use std::sync::atomic::AtomicBool;
//!
//! use headless::host;
//! use link::Conditions;
//! use netcode::HostOptions;
//!
//! let settings = host::Settings {
//!     url: "http://127.0.0.1:8080".into(),
//!     name: "Arena".into(),
//!     bots: 8,
//!     identity: None,
//!     options: HostOptions::default(),
//!     conditions: Conditions::PERFECT,
//! };
//! let stop = AtomicBool::new(false); // another thread sets it to stop the host
//! host::run(&settings, &stop, |ticket| {
//!     assert_eq!(ticket.code.as_str().len(), 5); // players join by this code
//! })?;
//! # Ok::<(), headless::Error>(())
//! ```
//!
//! Non-goals: command lines, logging and signals, which are those of the relay's program.

pub mod audit;
pub mod bots;
mod error;
pub mod host;
mod listener;
pub mod probe;
pub mod record;
mod rules;

pub use error::Error;
pub use rules::rules;
