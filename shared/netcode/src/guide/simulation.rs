//! Your simulation: the trait that a game implements.
//!
//! A game is a state and a function that advances it by one *tick*, a fixed length of time. The
//! players' *controls* are all that changes it from outside: what a player's input device does, held
//! until it changes. Implement [`Simulation`] for the state:
//!
//! ```
#![doc = include_str!("../../tests/it/guide.rs")]
//! ```
//!
//! # Determinism
//!
//! Host and guests step the same state on different machines, and only the players' decisions are
//! sent. So equal states must have equal next states on every target:
//!
//! - Use integers, or fixed-point numbers. The results of floating-point addition, multiplication
//!   and square roots are the same everywhere, those of `sin`, `powf` and most others are not.
//! - Do not iterate over a `HashMap`, read a clock, or use a random number generator whose state is
//!   not part of the simulation.
//! - Serialise all of the state that has an effect on a step. [`sync_test()`] finds what is missing.
//! - Do not let `usize` values differ between 32-bit and 64-bit targets.
//!
//! [`checksum`](crate::Simulation::checksum) is compared after each delta. A guest whose state differs from
//! the host's takes the next keyframe. [`digest`] is a checksum that covers all that is serialised.
//!
//! # Remote bytes
//!
//! Controls, messages and whole states are decoded from what other machines send. The library
//! guarantees that slots are below [`Simulation::SEATS`]; the rest is for the game to check:
//!
//! - No value of the controls may make a step panic. The state may come from a keyframe: use
//!   wrapping or saturating arithmetic, and check ranges in `Deserialize` implementations, for
//!   example with `#[serde(try_from = "…")]`.
//! - Prefer types of a fixed capacity, such as arrays and [`Line`], to `Vec` and `String`.
//!
//! # Versions
//!
//! Increase [`RULES_VERSION`](crate::Simulation::RULES_VERSION) with each change that leads from the
//! same decisions to another state, and with each change of the types that are serialised. The sessions do
//! not compare versions: do so when players are brought together, before they share a topic.
//!
//! [`Line`]: crate::Line
//! [`Simulation::SEATS`]: crate::Simulation::SEATS
//! [`Simulation`]: crate::Simulation
//! [`digest`]: crate::wire::digest
//! [`sync_test()`]: crate::sync_test()
