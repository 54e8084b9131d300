//! Plays the arena's drill and tells its checksum: every target must tell the same.
//!
//! As a program it takes the number of ticks and prints the checksum; as a WebAssembly module,
//! which has no arguments and no output, it exports [`drill_checksum`] instead.

use std::env;
use std::io::{self, Write as _};

use arena::drill::drill;

const SEED: u64 = 0x1a57_1111;

/// The checksum after so many ticks.
#[expect(
    unsafe_code,
    reason = "whoever instantiates the module finds it by this name"
)]
#[unsafe(no_mangle)]
pub extern "C" fn drill_checksum(ticks: u32) -> u32 {
    drill(SEED, ticks)
}

fn main() -> io::Result<()> {
    let ticks = env::args().nth(1).and_then(|ticks| ticks.parse().ok());
    match ticks {
        Some(ticks) => writeln!(io::stdout(), "{:08x}", drill_checksum(ticks)),
        None => Err(io::Error::other(
            "how many ticks? give the number as argument",
        )),
    }
}
