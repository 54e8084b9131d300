//! A source of random numbers that tests replace by a constant.

use bevy::prelude::Resource;

/// Draws 64 random bits.
#[derive(Resource, Clone, Copy, Debug)]
pub struct Entropy(pub fn() -> u64);

impl Entropy {
    /// 64 random bits.
    #[must_use]
    pub fn draw(&self) -> u64 {
        (self.0)()
    }
}
