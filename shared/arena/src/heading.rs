//! Directions and their sine and cosine, from a table that is computed at compile time in integers.
//!
//! Non-goals: floating point, because the last bit of a sine differs between targets.

use core::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

use super::space::Offset;

/// A direction: a full turn is 65536, 0 points right, a quarter turn points up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Heading(pub u16);

/// Fixed-point 1.0 of sines and cosines (Q14).
pub(super) const ONE: i32 = 1 << 14;

/// The number of directions in the table.
const DIRECTIONS: usize = 1024;

static SINES: [i16; DIRECTIONS] = sines();

/// Rotates a unit vector step by step through a full turn, in 62-bit fixed point.
const fn sines() -> [i16; DIRECTIONS] {
    const UNIT: i128 = 1 << 62;
    // The step is a quarter turn, halved until `DIRECTIONS` of it make a full turn.
    let (mut step_cos, mut step_sin) = (0, UNIT);
    let mut directions = 4;
    while directions < DIRECTIONS {
        let cos = ((UNIT + step_cos) / 2 * UNIT).isqrt();
        step_sin = step_sin * UNIT / (2 * cos);
        step_cos = cos;
        directions *= 2;
    }
    let mut table = [0; DIRECTIONS];
    let (mut cos, mut sin) = (UNIT, 0);
    let mut index = 0;
    while index < DIRECTIONS {
        table[index] = rounded(sin * ONE as i128, UNIT);
        (cos, sin) = (
            (cos * step_cos - sin * step_sin) / UNIT,
            (sin * step_cos + cos * step_sin) / UNIT,
        );
        index += 1;
    }
    table
}

const fn rounded(value: i128, unit: i128) -> i16 {
    let half = if value < 0 { -unit / 2 } else { unit / 2 };
    ((value + half) / unit) as i16
}

impl Heading {
    /// The direction of `offset`, with an error below a tenth of a degree; right if `offset` is zero.
    #[must_use]
    pub const fn of(offset: Offset) -> Self {
        let (ax, ay) = (
            offset.x.unsigned_abs() as u64,
            offset.y.unsigned_abs() as u64,
        );
        let (long, short) = if ax > ay { (ax, ay) } else { (ay, ax) };
        if long == 0 {
            return Self(0);
        }
        // atan(r) ≈ r·π/4 + r·(1 − r)·(0.2447 + 0.0663·r) for 0 ≤ r ≤ 1, in 16-bit fixed point.
        let ratio = short * 65536 / long;
        let bend = 2552 + ratio * 692 / 65536;
        let octant = (ratio * 8192 + ratio * (65536 - ratio) / 65536 * bend) / 65536;
        let quadrant = if ax > ay { octant } else { 16384 - octant } as u16;
        Self(match (offset.x < 0, offset.y < 0) {
            (false, false) => quadrant,
            (true, false) => 32768 - quadrant,
            (true, true) => 32768 + quadrant,
            (false, true) => 0u16.wrapping_sub(quadrant),
        })
    }

    /// The direction with this number out of 256.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Self {
        Self((byte as u16) << 8)
    }

    /// The number of the nearest of 256 directions.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        (self.0.wrapping_add(128) >> 8) as u8
    }

    /// The sine, times 16384.
    #[must_use]
    pub const fn sin(self) -> i32 {
        SINES[(self.0.wrapping_add(32) >> 6) as usize] as i32
    }

    /// The cosine, times 16384.
    #[must_use]
    pub const fn cos(self) -> i32 {
        Self(self.0.wrapping_add(16384)).sin()
    }

    /// The offset of `length` units in this direction.
    #[must_use]
    pub const fn offset(self, length: i32) -> Offset {
        Offset {
            x: (length as i64 * self.cos() as i64 / ONE as i64) as i32,
            y: (length as i64 * self.sin() as i64 / ONE as i64) as i32,
        }
    }

    /// The shorter turn to `other`: positive is counter-clockwise.
    #[must_use]
    pub const fn turn_to(self, other: Self) -> i16 {
        other.0.wrapping_sub(self.0) as i16
    }

    /// This direction turned towards `other` by at most `rate`.
    #[must_use]
    pub const fn turned_to(self, other: Self, rate: u16) -> Self {
        let turn = self.turn_to(other);
        if turn.unsigned_abs() <= rate {
            other
        } else if turn > 0 {
            Self(self.0.wrapping_add(rate))
        } else {
            Self(self.0.wrapping_sub(rate))
        }
    }
}

impl Add<u16> for Heading {
    type Output = Self;

    fn add(self, turn: u16) -> Self {
        Self(self.0.wrapping_add(turn))
    }
}

impl Sub<u16> for Heading {
    type Output = Self;

    fn sub(self, turn: u16) -> Self {
        Self(self.0.wrapping_sub(turn))
    }
}

#[cfg(test)]
mod tests {
    use core::f64::consts::TAU;

    use super::*;

    #[test]
    fn the_table_has_the_values_of_the_sine() {
        for turn in 0..=u16::MAX {
            let angle = f64::from(turn.wrapping_add(32) >> 6) / DIRECTIONS as f64 * TAU;
            let expected = (angle.sin() * f64::from(ONE)).round() as i32;
            assert_eq!(Heading(turn).sin(), expected, "{turn}");
        }
    }

    #[test]
    fn the_direction_of_an_offset_is_within_the_error() {
        for turn in 0..=u16::MAX {
            let angle = f64::from(turn) / 65536.0 * TAU;
            for length in [30_000.0, 2e9] {
                let offset = Offset {
                    x: (angle.cos() * length) as i32,
                    y: (angle.sin() * length) as i32,
                };
                let error = Heading::of(offset).turn_to(Heading(turn)).unsigned_abs();
                assert!(error <= 18, "{turn}: off by {error}");
            }
        }
        for (x, y, turn) in [
            (0, 0, 0),
            (5, 0, 0),
            (0, 5, 16384),
            (-5, 0, 32768),
            (0, -5, 49152),
        ] {
            assert_eq!(Heading::of(Offset { x, y }), Heading(turn));
        }
        let _ = Heading::of(Offset {
            x: i32::MIN,
            y: i32::MIN,
        });
    }

    #[test]
    fn a_turn_takes_the_shorter_way_and_stops_at_its_target() {
        assert_eq!(Heading(100).turned_to(Heading(150), 60), Heading(150));
        assert_eq!(Heading(100).turned_to(Heading(65000), 60), Heading(40));
        assert_eq!(Heading(65500).turned_to(Heading(500), 60), Heading(24));
    }
}
