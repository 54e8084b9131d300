//! A digest of a value's encoding.
//!
//! The algorithm is 32-bit FNV-1a (Fowler, Noll and Vo; RFC 9923).
//!
//! Non-goals: protection against a host that looks for two states of equal digests.

use bincode::enc::write::Writer;
use bincode::error::EncodeError;
use serde::Serialize;

use super::CONFIG;

const OFFSET_BASIS: u32 = 0x811c_9dc5;
const PRIME: u32 = 0x0100_0193;

struct Fnv1a(u32);

impl Writer for Fnv1a {
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.0 = bytes.iter().fold(self.0, |digest, &byte| {
            (digest ^ u32::from(byte)).wrapping_mul(PRIME)
        });
        Ok(())
    }
}

/// A digest of all that is serialised of `value`, equal on every target for equal values.
///
/// Suits [`Simulation::checksum`](crate::Simulation::checksum). It takes as long as encoding the
/// value, and a host computes it for each delta; a large state may want a digest of its own.
pub fn digest<T: Serialize>(value: &T) -> u32 {
    let mut digest = Fnv1a(OFFSET_BASIS);
    // An error only ends the digest early: such a state cannot be published either.
    drop(bincode::serde::encode_into_writer(
        value,
        &mut digest,
        CONFIG,
    ));
    digest.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_the_reference() {
        // Bytes without a length before them.
        let check = |bytes: [u8; 6], expected| assert_eq!(digest(&bytes), expected);
        check(*b"foobar", 0xbf9c_f968);
        assert_eq!(digest(&()), OFFSET_BASIS);
        assert_eq!(digest(&b'a'), 0xe40c_292c);
    }
}
