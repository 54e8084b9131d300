//! Prints the checksum of [`arena::drill`], which must be the same on every target.
//!
//! As a program it takes the number of ticks as its argument. As a WebAssembly module, which has no
//! arguments and no output, it exports [`drill_checksum`].
//!
//! Non-goals: comparing checksums, which `cargo xtask` does.

use std::env;
use std::io::{self, Write as _};

use arena::drill::drill;

const SEED: u64 = 0x1a57_1111;

/// The checksum after this many ticks.
#[expect(unsafe_code, reason = "the WebAssembly module exports it by this name")]
#[unsafe(no_mangle)]
pub extern "C" fn drill_checksum(ticks: u32) -> u32 {
    drill(SEED, ticks)
}

fn main() -> io::Result<()> {
    let ticks = env::args().nth(1).and_then(|ticks| ticks.parse().ok());
    match ticks {
        Some(ticks) => writeln!(io::stdout(), "{:08x}", drill_checksum(ticks)),
        None => Err(io::Error::other("give the number of ticks as argument")),
    }
}
