//! Positions and velocities on a torus with `u32` coordinates, whose overflow is the wrap-around.
//!
//! Positions and velocities are rounded to a grid coarser than their unit, so that a whole arena
//! fits one keyframe.
//!
//! Non-goals: floating point; the renderer converts.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The units of position per world unit. The rules use world units.
///
/// The arena is 4096 world units wide and high.
pub const WORLD_UNIT: u32 = 1 << 20;

/// The width and height of the arena in world units.
pub const ARENA_SIZE: u32 = 4096;

/// The grid: all positions and velocities are multiples of this many units.
pub const GRAIN: u32 = 1 << GRAIN_BITS;

const GRAIN_BITS: u32 = 9;

/// The highest velocity along one axis, in units per tick: 960 world units per second.
pub const MAX_VELOCITY: i32 = i16::MAX as i32 * GRAIN as i32;

/// This many world units, in units.
#[must_use]
pub const fn world_units(count: u32) -> u32 {
    count * WORLD_UNIT
}

/// This many world units per second, in units per tick, on the grid.
#[must_use]
pub const fn world_units_per_second(count: u32) -> i32 {
    let units = count as i64 * WORLD_UNIT as i64 / crate::TICK_RATE as i64;
    (units / GRAIN as i64 * GRAIN as i64) as i32
}

/// A position in the arena, in units; `x` grows to the right, `y` upwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Position {
    x: u32,
    y: u32,
}

impl Position {
    /// The position on the grid at or below these coordinates.
    #[must_use]
    pub const fn new(x: u32, y: u32) -> Self {
        Self {
            x: x & !(GRAIN - 1),
            y: y & !(GRAIN - 1),
        }
    }

    /// The distance from the left edge, in units.
    #[must_use]
    pub const fn x(self) -> u32 {
        self.x
    }

    /// The distance from the lower edge, in units.
    #[must_use]
    pub const fn y(self) -> u32 {
        self.y
    }

    /// The shortest offset to `other`, which may cross the edges.
    #[must_use]
    pub const fn offset_to(self, other: Self) -> Offset {
        Offset {
            x: other.x.wrapping_sub(self.x) as i32,
            y: other.y.wrapping_sub(self.y) as i32,
        }
    }

    /// The position at `offset` from this one, on the grid.
    #[must_use]
    pub const fn moved(self, offset: Offset) -> Self {
        Self::new(
            self.x.wrapping_add_signed(offset.x),
            self.y.wrapping_add_signed(offset.y),
        )
    }

    /// The position one tick later at this velocity.
    #[must_use]
    pub const fn drifted(self, velocity: Velocity) -> Self {
        Self {
            x: self.x.wrapping_add_signed(velocity.x),
            y: self.y.wrapping_add_signed(velocity.y),
        }
    }

    /// Whether `other` is within `reach` units along both axes: a cheap test.
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

/// Three bytes per axis: the grid leaves 23 bits, and every value is valid.
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

/// A velocity, in units per tick, on the grid and at most [`MAX_VELOCITY`] along each axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Velocity {
    x: i32,
    y: i32,
}

impl Velocity {
    /// Zero.
    pub const ZERO: Self = Self { x: 0, y: 0 };

    /// This velocity rounded towards zero to the grid; one above the limit is scaled down and keeps its
    /// direction.
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

    /// The component to the right, in units per tick.
    #[must_use]
    pub const fn x(self) -> i32 {
        self.x
    }

    /// The upward component, in units per tick.
    #[must_use]
    pub const fn y(self) -> i32 {
        self.y
    }

    /// The sum of this velocity and `other`.
    #[must_use]
    pub const fn plus(self, other: Offset) -> Self {
        Self::new(
            self.x.saturating_add(other.x),
            self.y.saturating_add(other.y),
        )
    }

    /// The offset covered in one tick.
    #[must_use]
    pub const fn offset(self) -> Offset {
        Offset {
            x: self.x,
            y: self.y,
        }
    }

    /// This velocity reduced by the fraction `lost / of`.
    #[must_use]
    pub const fn damped(self, lost: i32, of: i32) -> Self {
        Self::new(
            (self.x as i64 - self.x as i64 * lost as i64 / of as i64) as i32,
            (self.y as i64 - self.y as i64 * lost as i64 / of as i64) as i32,
        )
    }
}

/// Two bytes per axis, in multiples of the grid.
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

/// The offset between two positions, or a change of velocity, in units; not rounded to the grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offset {
    /// The component to the right.
    pub x: i32,
    /// The upward component.
    pub y: i32,
}

impl Offset {
    /// The square of the length; it cannot overflow.
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

    /// The opposite offset.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self {
            x: self.x.wrapping_neg(),
            y: self.y.wrapping_neg(),
        }
    }

    /// The same direction with this length in units; zero stays zero.
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
