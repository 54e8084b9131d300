//! Where things are and how they move: a torus of `u32` coordinates whose overflow is the
//! wrap-around.
//!
//! Positions and velocities are kept on a grain coarser than their unit, so that a whole arena
//! fits one keyframe. It deliberately knows no float: who draws converts.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Units of position in a world unit, the length that the rules are written in.
///
/// The arena is 4096 world units wide and high.
pub const WORLD_UNIT: u32 = 1 << 20;

/// The width and height of the arena in world units.
pub const ARENA_SIZE: u32 = 4096;

/// All positions and velocities are multiples of this many units.
pub const GRAIN: u32 = 1 << GRAIN_BITS;

const GRAIN_BITS: u32 = 9;

/// The fastest along one axis, in units per tick: 960 world units a second.
pub const MAX_VELOCITY: i32 = i16::MAX as i32 * GRAIN as i32;

/// This many world units, in units.
#[must_use]
pub const fn world_units(count: u32) -> u32 {
    count * WORLD_UNIT
}

/// This many world units a second, in units per tick, on the grain.
#[must_use]
pub const fn world_units_per_second(count: u32) -> i32 {
    let units = count as i64 * WORLD_UNIT as i64 / crate::TICK_RATE as i64;
    (units / GRAIN as i64 * GRAIN as i64) as i32
}

/// A place in the arena, in units; `x` grows to the right, `y` upwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Position {
    x: u32,
    y: u32,
}

impl Position {
    /// The place on the grain at or below these coordinates.
    #[must_use]
    pub const fn new(x: u32, y: u32) -> Self {
        Self {
            x: x & !(GRAIN - 1),
            y: y & !(GRAIN - 1),
        }
    }

    /// From the left edge, in units.
    #[must_use]
    pub const fn x(self) -> u32 {
        self.x
    }

    /// From the lower edge, in units.
    #[must_use]
    pub const fn y(self) -> u32 {
        self.y
    }

    /// The shortest way to `other`, across the edges if that is shorter.
    #[must_use]
    pub const fn offset_to(self, other: Self) -> Offset {
        Offset {
            x: other.x.wrapping_sub(self.x) as i32,
            y: other.y.wrapping_sub(self.y) as i32,
        }
    }

    /// The place that is `offset` away, on the grain.
    #[must_use]
    pub const fn moved(self, offset: Offset) -> Self {
        Self::new(
            self.x.wrapping_add_signed(offset.x),
            self.y.wrapping_add_signed(offset.y),
        )
    }

    /// The place one tick later at this velocity.
    #[must_use]
    pub const fn drifted(self, velocity: Velocity) -> Self {
        Self {
            x: self.x.wrapping_add_signed(velocity.x),
            y: self.y.wrapping_add_signed(velocity.y),
        }
    }

    /// Whether `other` is nearer than `reach` units along both axes: a cheap first test.
    #[must_use]
    pub const fn is_near(self, other: Self, reach: u32) -> bool {
        let reach = if reach > i32::MAX as u32 {
            i32::MAX as u32
        } else {
            reach
        };
        other.x.wrapping_sub(self.x).wrapping_add(reach) < reach * 2
            && other.y.wrapping_sub(self.y).wrapping_add(reach) < reach * 2
    }
}

/// Three bytes for each axis: the grain leaves 23 bits, so every value is valid.
impl Serialize for Position {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let axis = |units: u32| {
            let [a, b, c, _] = (units >> GRAIN_BITS).to_le_bytes();
            [a, b, c]
        };
        (axis(self.x), axis(self.y)).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let axis = |[a, b, c]: [u8; 3]| u32::from_le_bytes([a, b, c, 0]) << GRAIN_BITS;
        let (x, y) = Deserialize::deserialize(deserializer)?;
        Ok(Self {
            x: axis(x),
            y: axis(y),
        })
    }
}

/// A movement, in units per tick, on the grain and at most [`MAX_VELOCITY`] along each axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Velocity {
    x: i32,
    y: i32,
}

impl Velocity {
    /// No movement.
    pub const ZERO: Self = Self { x: 0, y: 0 };

    /// The velocity on the grain nearest to zero; too fast a one keeps its direction and loses
    /// speed.
    #[must_use]
    pub const fn new(x: i32, y: i32) -> Self {
        let (ax, ay) = (x.unsigned_abs(), y.unsigned_abs());
        let fastest = if ax > ay { ax } else { ay } as i64;
        let limit = MAX_VELOCITY as i64;
        let (x, y) = if fastest > limit {
            (x as i64 * limit / fastest, y as i64 * limit / fastest)
        } else {
            (x as i64, y as i64)
        };
        let grain = GRAIN as i64;
        Self {
            x: (x / grain * grain) as i32,
            y: (y / grain * grain) as i32,
        }
    }

    /// To the right, in units per tick.
    #[must_use]
    pub const fn x(self) -> i32 {
        self.x
    }

    /// Upwards, in units per tick.
    #[must_use]
    pub const fn y(self) -> i32 {
        self.y
    }

    /// This velocity and another one on top.
    #[must_use]
    pub const fn plus(self, other: Offset) -> Self {
        Self::new(
            self.x.saturating_add(other.x),
            self.y.saturating_add(other.y),
        )
    }

    /// The way covered in one tick.
    #[must_use]
    pub const fn offset(self) -> Offset {
        Offset {
            x: self.x,
            y: self.y,
        }
    }

    /// The part that remains after losing `lost` of `of`.
    #[must_use]
    pub const fn damped(self, lost: i32, of: i32) -> Self {
        Self::new(
            (self.x as i64 - self.x as i64 * lost as i64 / of as i64) as i32,
            (self.y as i64 - self.y as i64 * lost as i64 / of as i64) as i32,
        )
    }
}

/// Two bytes for each axis, in grains.
impl Serialize for Velocity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let axis = |units: i32| ((units >> GRAIN_BITS) as i16).to_le_bytes();
        (axis(self.x), axis(self.y)).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Velocity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let axis = |bytes: [u8; 2]| i32::from(i16::from_le_bytes(bytes)) << GRAIN_BITS;
        let (x, y) = Deserialize::deserialize(deserializer)?;
        Ok(Self::new(axis(x), axis(y)))
    }
}

/// The way from one place to another, or a change of velocity: in units, on no grain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offset {
    /// To the right.
    pub x: i32,
    /// Upwards.
    pub y: i32,
}

impl Offset {
    /// The square of the length, which cannot overflow.
    #[must_use]
    pub const fn length_squared(self) -> u64 {
        let (x, y) = (self.x.unsigned_abs() as u64, self.y.unsigned_abs() as u64);
        x * x + y * y
    }

    /// The length, rounded down.
    #[must_use]
    pub const fn length(self) -> u32 {
        self.length_squared().isqrt() as u32
    }

    /// The way back.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self {
            x: self.x.wrapping_neg(),
            y: self.y.wrapping_neg(),
        }
    }

    /// The same direction, `length` units long; no direction stays none.
    #[must_use]
    pub const fn scaled_to(self, length: i32) -> Self {
        let own = self.length() as i64;
        if own == 0 {
            return Self { x: 0, y: 0 };
        }
        Self {
            x: (self.x as i64 * length as i64 / own) as i32,
            y: (self.y as i64 * length as i64 / own) as i32,
        }
    }
}
