//! Random numbers for effects that need not be the same everywhere.

use rng::Rng;

/// A uniform number in `0.0..1.0`.
pub(super) fn unit(rng: &mut Rng) -> f32 {
    (rng.next() >> 40) as f32 / (1 << 24) as f32
}
