//! Testing: determinism, and matches without a network.
//!
//! [`sync_test()`](crate::sync_test()) plays a simulation with random decisions and compares it with
//! copies of itself that were serialised and restored. Let a test of your game run it with several
//! seeds:
//!
//! ```
//! # mod dots { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/guide.rs")); }
//! # use dots::*;
//! use netcode::{SyncTestOptions, sync_test};
//!
//! for seed in 0..10 {
//!     let options = SyncTestOptions { seed, ..SyncTestOptions::default() };
//!     sync_test(&Dots::default(), options, |random| random & 1 == 0).unwrap();
//! }
//! ```
//!
//! It runs on one machine. To find what differs between targets, play the same seeds in a debug build,
//! in a release build and as WebAssembly, and compare the checksums at the end.
//!
//! Sessions have no clock, no thread and no socket, so a whole match runs in a test with a time that
//! the test sets, and fails in the same way each time. The examples of this crate, `dots` and
//! `spectator`, do so with an in-memory broker that delays, loses and reorders messages by a seed.
//!
//! While a match runs, [`History`](crate::History) has the checksums of a session's latest states;
//! those of two sessions for the same tick are equal. [`Health`](crate::Health) counts late inputs,
//! corrections, resynchronisations and rejected payloads.
