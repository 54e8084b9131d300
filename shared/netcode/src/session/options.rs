//! How a host runs its match, and how its options are written on a command line.
//!
//! Non-goals: the rules of the game.

use core::str::FromStr;
use core::time::Duration;

use crate::wire::MAX_REPEATS;

/// How a host paces its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The least time between two deltas.
    pub frame_interval: Duration,
    /// The most time between two deltas, also if nothing has changed: proves that the host is alive.
    pub heartbeat: Duration,
    /// The most time between two keyframes.
    pub keyframe_interval: Duration,
    /// The least time between two keyframes, however many are requested.
    pub keyframe_spacing: Duration,
}

impl Pace {
    /// Half as many messages as normal.
    pub const ECO: Self = Self::of(100);
    /// Up to 20 deltas a second.
    pub const NORMAL: Self = Self::of(50);
    /// Up to 30 deltas a second.
    pub const FAST: Self = Self::of(33);
    /// Up to 60 deltas a second: one for each tick.
    pub const FASTEST: Self = Self::of(16);

    const fn of(frame_interval_ms: u64) -> Self {
        Self {
            frame_interval: Duration::from_millis(frame_interval_ms),
            heartbeat: Duration::from_millis(500),
            keyframe_interval: Duration::from_secs(2),
            // AWS IoT Core takes one retained message a second of a topic, as it counts seconds.
            keyframe_spacing: Duration::from_millis(1_200),
        }
    }
}

impl FromStr for Pace {
    type Err = InvalidOption;

    fn from_str(name: &str) -> Result<Self, InvalidOption> {
        match name {
            "eco" => Ok(Self::ECO),
            "normal" => Ok(Self::NORMAL),
            "fast" => Ok(Self::FAST),
            "fastest" => Ok(Self::FASTEST),
            _ => Err(InvalidOption::Pace(name.into())),
        }
    }
}

/// How a host runs its match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostOptions {
    /// How often it publishes.
    pub pace: Pace,
    /// How many of the deltas before it each delta repeats, at most [`MAX_REPEATS`]: for brokers
    /// that lose messages.
    pub repeat: u8,
    /// Whether the local player's controls take effect as late as those of the median guest, so that
    /// hosting is no advantage.
    pub fair: bool,
}

impl HostOptions {
    /// The names that [`set`](Self::set) accepts.
    pub const NAMES: [&str; 3] = ["pace", "repeat", "fair"];

    /// Sets an option from its textual form: `pace` is `eco`, `normal`, `fast` or `fastest`,
    /// `repeat` a number and `fair` `on` or `off`.
    ///
    /// # Errors
    /// If there is no such option, or the value is not one of its values; nothing has changed then.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), InvalidOption> {
        match (name, value) {
            ("pace", _) => self.pace = value.parse()?,
            ("repeat", _) => {
                let repeat = value.parse().ok();
                let known = repeat.filter(|&repeat| usize::from(repeat) <= MAX_REPEATS);
                self.repeat = known.ok_or_else(|| InvalidOption::Repeat(value.into()))?;
            }
            ("fair", "on") => self.fair = true,
            ("fair", "off") => self.fair = false,
            ("fair", _) => return Err(InvalidOption::Fair(value.into())),
            _ => return Err(InvalidOption::Unknown(name.into())),
        }
        Ok(())
    }
}

impl Default for HostOptions {
    fn default() -> Self {
        Self {
            pace: Pace::NORMAL,
            repeat: 0,
            fair: true,
        }
    }
}

/// Not an option of a host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOption {
    /// No option has this name.
    #[error("{0:?} is none of pace, repeat and fair")]
    Unknown(String),
    /// No pace has this name.
    #[error("pace must be eco, normal, fast or fastest, and is {0:?}")]
    Pace(String),
    /// The value is not a number, or too large.
    #[error("repeat must be a number from 0 to {MAX_REPEATS}, and is {0:?}")]
    Repeat(String),
    /// The value is neither `on` nor `off`.
    #[error("fair must be on or off, and is {0:?}")]
    Fair(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_options_are_set_and_others_are_errors() {
        let mut options = HostOptions::default();
        for (name, value) in [("pace", "fastest"), ("repeat", "4"), ("fair", "off")] {
            options.set(name, value).unwrap();
        }
        let wanted = HostOptions {
            pace: Pace::FASTEST,
            repeat: 4,
            fair: false,
        };
        assert_eq!(options, wanted);
        for (name, value) in [
            ("pace", "Fast"),
            ("repeat", "5"),
            ("repeat", "-1"),
            ("fair", "yes"),
            ("speed", "fast"),
        ] {
            assert!(options.set(name, value).is_err(), "{name}={value}");
        }
        assert_eq!(options, wanted, "an error changes nothing");
    }
}
