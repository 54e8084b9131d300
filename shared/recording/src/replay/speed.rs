//! The speeds of a replay.
//!
//! Non-goals: other factors than powers of two.

/// A multiple of normal speed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Speed {
    /// ¼.
    Quarter,
    /// ½.
    Half,
    /// 1.
    #[default]
    Normal,
    /// 2.
    Double,
    /// 4.
    Fourfold,
    /// 8.
    Eightfold,
}

impl Speed {
    /// All speeds, slowest first.
    pub const ALL: [Self; 6] = [
        Self::Quarter,
        Self::Half,
        Self::Normal,
        Self::Double,
        Self::Fourfold,
        Self::Eightfold,
    ];

    /// Normal speed as a multiple of the slowest one.
    pub(super) const UNIT: u64 = 4;

    /// This speed as a multiple of the slowest one.
    pub(super) const fn units(self) -> u64 {
        1 << self as u32
    }

    /// The next faster speed, or this one if it is the fastest.
    #[must_use]
    pub fn faster(self) -> Self {
        let next = Self::ALL.into_iter().find(|speed| *speed > self);
        next.unwrap_or(self)
    }

    /// The next slower speed, or this one if it is the slowest.
    #[must_use]
    pub fn slower(self) -> Self {
        let next = Self::ALL.into_iter().rev().find(|speed| *speed < self);
        next.unwrap_or(self)
    }

    /// The factor to normal speed.
    #[must_use]
    pub const fn factor(self) -> f32 {
        match self {
            Self::Quarter => 0.25,
            Self::Half => 0.5,
            Self::Normal => 1.0,
            Self::Double => 2.0,
            Self::Fourfold => 4.0,
            Self::Eightfold => 8.0,
        }
    }

    /// The factor as ASCII text, such as `1/2x`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Quarter => "1/4x",
            Self::Half => "1/2x",
            Self::Normal => "1x",
            Self::Double => "2x",
            Self::Fourfold => "4x",
            Self::Eightfold => "8x",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Speed;

    #[test]
    fn each_speed_is_twice_the_one_before() {
        assert_eq!(Speed::Normal.units(), Speed::UNIT);
        for pair in Speed::ALL.windows(2) {
            assert_eq!(2 * pair[0].units(), pair[1].units());
            assert_eq!(pair[0].faster(), pair[1]);
            assert_eq!(pair[1].slower(), pair[0]);
        }
        for speed in Speed::ALL {
            let units = Speed::UNIT as f32 * speed.factor();
            assert_eq!(units, speed.units() as f32);
        }
        assert_eq!(Speed::Eightfold.faster(), Speed::Eightfold);
        assert_eq!(Speed::Quarter.slower(), Speed::Quarter);
    }
}
