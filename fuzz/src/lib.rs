//! Fuzz targets of everything that reads remote bytes, and a mutation fuzzer for stable Rust.
//!
//! A [target](targets) is a function of bytes that panics if an invariant does not hold, whatever
//! the bytes are. Three programs run them:
//!
//! - `cargo run -p fuzz` mutates the committed corpus with a seeded generator, for a number of
//!   seconds; `cargo xtask test` does so.
//! - `cargo fuzz run --features libfuzzer <target>` searches guided by coverage. It needs a nightly
//!   compiler, and finds more.
//! - The crate's own test runs the corpus as it is.
//!
//! The corpus is in `corpus/<target>`, where `cargo fuzz` looks for it. `cargo run -p fuzz -- --seed-corpus`
//! adds valid inputs to it, which is needed when a format changes.
//!
//! ```
//! let wire = fuzz::TARGETS.iter().find(|target| target.name == "wire").unwrap();
//! (wire.run)(b"\x01 any bytes");
//! ```
//!
//! Non-goals: coverage, and minimal failing inputs; `cargo fuzz` has both.

mod bytes;
pub mod corpus;
pub mod mutation;
pub mod runner;
pub mod seeds;
pub mod targets;

/// A fuzz target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Also the name of its folder in the corpus.
    pub name: &'static str,
    /// Panics if an invariant does not hold.
    pub run: fn(&[u8]),
    /// Valid inputs.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All targets.
pub const TARGETS: [Target; 5] = [
    Target {
        name: "codec",
        run: targets::codec::run,
        seeds: seeds::codec,
    },
    Target {
        name: "log",
        run: targets::log::run,
        seeds: seeds::log,
    },
    Target {
        name: "membership",
        run: targets::membership::run,
        seeds: seeds::membership,
    },
    Target {
        name: "recording",
        run: targets::recording::run,
        seeds: seeds::recording,
    },
    Target {
        name: "wire",
        run: targets::wire::run,
        seeds: seeds::wire,
    },
];
