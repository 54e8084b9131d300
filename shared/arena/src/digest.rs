//! The checksum of an arena: a hasher with the same result on every target.
//!
//! The standard library's hashers use the native width of `usize` and the native byte order; this
//! one hashes the value of each integer.
//!
//! Non-goals: resistance to deliberate collisions.

use core::hash::{Hash, Hasher};

/// Not zero, or leading zeros would not change the result: the first digits of pi.
const SEED: u64 = 0x243f_6a88_85a3_08d3;

/// The hash of a value, folded to 32 bits.
pub(crate) fn digest(value: &impl Hash) -> u32 {
    let mut hasher = Digest(SEED);
    value.hash(&mut hasher);
    hasher.fold()
}

/// Rotate, xor and multiply, one word at a time.
struct Digest(u64);

impl Digest {
    const fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    const fn fold(self) -> u32 {
        let mixed = (self.0 ^ (self.0 >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed >> 32) as u32
    }
}

impl Hasher for Digest {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.add(u64::from(byte));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.add(u64::from(value));
    }

    fn write_u16(&mut self, value: u16) {
        self.add(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.add(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.add(value);
    }

    fn write_usize(&mut self, value: usize) {
        self.add(value as u64);
    }

    fn write_i16(&mut self, value: i16) {
        self.add(value as u64);
    }

    fn write_i32(&mut self, value: i32) {
        self.add(value as u64);
    }

    fn write_isize(&mut self, value: isize) {
        self.add(value as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_length_and_value_change_the_digest() {
        let digests = [
            digest(&(1u8, 2u8)),
            digest(&(2u8, 1u8)),
            digest(&[1u32, 2].as_slice().len()),
            digest(&0u8),
            digest(&(0u8, 0u8)),
            digest(&Some(1u16)),
        ];
        for (index, digest) in digests.iter().enumerate() {
            assert!(!digests[..index].contains(digest), "{digests:?}");
        }
    }

    #[test]
    fn the_value_is_the_same_on_every_target() {
        assert_eq!(digest(&(7usize, -1isize, Some(3u16), -2i32)), 2_455_557_932);
    }
}
