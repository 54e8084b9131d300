//! A seeded random number generator whose whole state is one integer.
//!
//! ```
//! let mut rng = rng::Rng::new(7);
//! let roll = 1 + rng.below(6);
//! assert!((1..=6).contains(&roll));
//! assert_eq!(rng::Rng::new(7).next(), rng::Rng::new(7).next());
//! ```
//!
//! The algorithm is SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
//! generators", 2014): equal seeds give equal numbers on every target, and every state is valid, so
//! it can be part of a serialised simulation.
//!
//! Non-goals: secrecy. Whoever knows the state can compute the next numbers.

use serde::{Deserialize, Serialize};

/// A source of random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rng(u64);

impl Rng {
    /// The generator with this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 uniformly random bits.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A uniform number in `0..bound`; 0 if `bound` is 0.
    pub const fn below(&mut self, bound: u32) -> u32 {
        (((self.next() >> 32) * bound as u64) >> 32) as u32
    }

    /// A uniform number in `0..=most`.
    pub fn up_to(&mut self, most: u64) -> u64 {
        let wide = u128::from(self.next()) * (u128::from(most) + 1);
        (wide >> 64) as u64
    }

    /// `true` with this probability. Draws no number if the probability is 0.
    pub fn chance(&mut self, probability: f64) -> bool {
        probability > 0.0 && (self.next() >> 11) as f64 / (1_u64 << 53) as f64 <= probability
    }

    /// A generator with a seed drawn from this one, so that two users do not affect each other.
    #[must_use]
    pub const fn fork(&mut self) -> Self {
        Self(self.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_reference() {
        let mut rng = Rng::new(1_234_567);
        let numbers = [rng.next(), rng.next(), rng.next()];
        assert_eq!(
            numbers,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn numbers_stay_below_their_bound() {
        let mut rng = Rng::new(7);
        assert_eq!(rng.below(0), 0);
        assert!((0..1000).all(|_| rng.below(3) < 3));
    }

    #[test]
    fn numbers_stay_in_range_and_reach_both_ends() {
        let mut rng = Rng::new(1);
        let drawn: Vec<_> = (0..200).map(|_| rng.up_to(3)).collect();
        assert!(drawn.contains(&0) && drawn.contains(&3));
        assert!(drawn.iter().all(|&number| number <= 3));
    }
}
