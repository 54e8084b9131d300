//! Conversion between ticks and time at a game's tick rate, in integers.
//!
//! Non-goals: clocks; see [`clock`](super::clock).

use core::time::Duration;

/// One tick in units of a nanosecond divided by the tick rate: in this unit both whole ticks and
/// whole nanoseconds are integers.
pub(super) const TICK: i64 = 1_000_000_000;

/// A game's number of ticks per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate(u32);

impl Rate {
    pub(super) const fn of<S: crate::Simulation>() -> Self {
        Self(S::TICK_RATE)
    }

    /// Ticks per second.
    pub(super) const fn hertz(self) -> u32 {
        self.0
    }

    /// `time` in units of 1/[`TICK`] tick; saturates far above any match's length.
    pub(super) fn position(self, time: Duration) -> i64 {
        i64::try_from(time.as_nanos()).map_or(i64::MAX / 2, |nanos| {
            nanos.saturating_mul(i64::from(self.0))
        })
    }

    /// The time that `ticks` take.
    pub(super) fn duration_of(self, ticks: u32) -> Duration {
        Duration::from_nanos(u64::from(ticks) * 1_000_000_000 / u64::from(self.0))
    }

    /// The number of ticks that `time` takes, rounded up and saturating.
    pub(super) fn ticks_in(self, time: Duration) -> u8 {
        let ticks = self.position(time).saturating_add(TICK - 1) / TICK;
        u8::try_from(ticks).unwrap_or(u8::MAX)
    }

    /// The ticks in `milliseconds`, in units of 1/[`TICK`] tick.
    pub(super) const fn span(self, milliseconds: i64) -> i64 {
        self.0 as i64 * milliseconds * (TICK / 1_000)
    }
}
