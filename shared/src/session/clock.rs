//! Which tick it is: for a host, real time; for a guest, just so far ahead of the host that its
//! inputs arrive in time.
//!
//! Integer arithmetic on [`Duration`]s that are passed in. It deliberately reads no clock.

use core::time::Duration;

use crate::sim::{TICK_RATE, Tick};

use super::window::Window;

/// A tick in this module's unit, a nanosecond divided by the tick rate: both whole ticks and whole
/// nanoseconds are whole numbers of it.
const TICK: i64 = 1_000_000_000;

/// A clock that has fallen further behind than this does not catch up: it goes on from now.
const MAX_DEBT: i64 = 15 * TICK;

/// The present that a pilot sees runs at most 1/20 faster or slower than real time.
pub(super) const SLEW: u32 = 20;

/// A guest that is off by more than this jumps.
const MAX_SLEW: i64 = 20 * TICK;

/// How early an input should come, in ticks: less than this and ordinary jitter makes it late.
const TARGET_SLACK: i64 = 1;

/// A pilot's lead over the newest tick it has heard of, before any host has said how early its
/// inputs come.
const FIRST_LEAD: i64 = 6 * TICK;

/// A measurement that is further than this above the median is a spike.
const SPIKE: i64 = 6 * TICK;

fn position(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).map_or(i64::MAX / 2, |nanos| {
        nanos.saturating_mul(i64::from(TICK_RATE))
    })
}

/// The time that `ticks` take.
pub(super) fn duration_of(ticks: u32) -> Duration {
    Duration::from_nanos(u64::from(ticks) * 1_000_000_000 / u64::from(TICK_RATE))
}

/// The ticks that begin in a time, as far as they can be told.
pub(super) fn ticks_in(time: Duration) -> u8 {
    let ticks = position(time).saturating_add(TICK - 1) / TICK;
    u8::try_from(ticks).unwrap_or(u8::MAX)
}

/// A host's clock: real time since a moment at which a tick was due.
#[derive(Clone, Debug)]
pub(super) struct Metronome {
    /// The position of `now` at which tick 0 was, or would have been, due.
    origin: i64,
}

impl Metronome {
    pub(super) fn start(now: Duration, tick: Tick) -> Self {
        Self {
            origin: position(now) - i64::from(tick.0) * TICK,
        }
    }

    /// How many ticks to step, from `tick`, to be in time.
    pub(super) fn due(&mut self, now: Duration, tick: Tick) -> u32 {
        let behind = self.position(now) - i64::from(tick.0) * TICK;
        if behind > MAX_DEBT {
            *self = Self::start(now, tick + 1);
            return 1;
        }
        u32::try_from(behind / TICK).unwrap_or(0)
    }

    /// The tick that it is.
    pub(super) fn tick(&self, now: Duration) -> Tick {
        Tick(u32::try_from(self.position(now) / TICK).unwrap_or(0))
    }

    /// How much of `tick` has passed, `0..1`.
    pub(super) fn fraction(&self, now: Duration, tick: Tick) -> f32 {
        fraction(self.position(now), tick)
    }

    fn position(&self, now: Duration) -> i64 {
        position(now) - self.origin
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "only for drawing between two ticks"
)]
fn fraction(position: i64, tick: Tick) -> f32 {
    let past = position - i64::from(tick.0) * TICK;
    (past as f32 / TICK as f32).clamp(0.0, 1.0)
}

/// A guest's clock.
///
/// It is an *offset* from real time. What the host reports about an input gives the offset that
/// would have been right for it, whatever the offset was when it was sent; so a correction that is
/// still on its way is never made twice. The largest offset of the last few measurements is aimed
/// at, which is quick to grow and slow to shrink.
#[derive(Clone, Debug)]
pub(super) struct Lead {
    offset: i64,
    /// Whether `offset` means anything yet.
    started: bool,
    /// A pilot's lead over the newest tick heard of, until this host has measured it.
    assumed_lead: i64,
    /// Offsets at which a delta's tick was its arrival's time.
    heard: Window<i64>,
    /// Offsets at which an input would have come [`TARGET_SLACK`] early.
    wanted: Window<i64>,
    /// Whether inputs are sent: who only watches needs no lead.
    piloting: bool,
}

impl Default for Lead {
    fn default() -> Self {
        Self {
            offset: 0,
            started: false,
            assumed_lead: FIRST_LEAD,
            heard: Window::default(),
            wanted: Window::default(),
            piloting: false,
        }
    }
}

impl Lead {
    /// A clock that shows `tick` at `now`.
    pub(super) fn starting_at(now: Duration, tick: Tick) -> Self {
        Self {
            offset: i64::from(tick.0) * TICK - position(now),
            started: true,
            ..Self::default()
        }
    }

    /// Another host's measurements will come; the clock goes on until then.
    pub(super) fn forget(&mut self) {
        if let (Some(wanted), Some(heard)) = (robust_max(&self.wanted), robust_max(&self.heard)) {
            self.assumed_lead = (wanted - heard).max(0);
        }
        self.heard = Window::default();
        self.wanted = Window::default();
    }

    /// A delta of this tick arrived.
    pub(super) fn heard(&mut self, now: Duration, tick: Tick) {
        self.heard.push(i64::from(tick.0) * TICK - position(now));
        if !self.started {
            self.started = true;
            self.offset = self.target();
        }
    }

    /// The host says that an input that was stamped at `offset`, and then held back for a while,
    /// came `slack` ticks early.
    pub(super) fn acknowledged(&mut self, offset: i64, held: Duration, slack: i8) {
        let early = (i64::from(slack) - TARGET_SLACK) * TICK + position(held);
        self.wanted.push(offset - early);
    }

    /// Moves on to `now`, after `elapsed`.
    pub(super) fn advance(&mut self, elapsed: Duration) {
        let error = self.target() - self.offset;
        if error.abs() > MAX_SLEW {
            self.offset += error;
        } else {
            let step = position(elapsed) / i64::from(SLEW);
            // Half a tick too early costs nothing and is not worth a change of pace.
            let error = if error < 0 {
                (error + TICK / 2).min(0)
            } else {
                error
            };
            self.offset += error.clamp(-step, step);
        }
    }

    /// The offset by which a stamp of `tick` was right now, to be handed to
    /// [`acknowledged`](Self::acknowledged) later.
    ///
    /// Not always the clock's own: what is confirmed can be ahead of a clock that is slow.
    pub(super) fn offset_of(&self, now: Duration, tick: Tick) -> i64 {
        self.offset.max(i64::from(tick.0) * TICK - position(now))
    }

    /// The tick that it is.
    pub(super) fn tick(&self, now: Duration) -> Tick {
        Tick(u32::try_from((position(now) + self.offset) / TICK).unwrap_or(0))
    }

    /// How much of `tick` has passed, `0..1`.
    pub(super) fn fraction(&self, now: Duration, tick: Tick) -> f32 {
        fraction(position(now) + self.offset, tick)
    }

    /// Whether inputs are sent from now on.
    pub(super) fn set_piloting(&mut self, piloting: bool) {
        self.piloting = piloting;
    }

    fn target(&self) -> i64 {
        match (robust_max(&self.wanted), robust_max(&self.heard)) {
            (Some(wanted), _) => wanted,
            (None, Some(heard)) if self.piloting => heard + self.assumed_lead,
            (None, Some(heard)) => heard,
            (None, None) => self.offset,
        }
    }
}

/// The largest measurement, or not much more than the median if that is a spike.
fn robust_max(offsets: &Window<i64>) -> Option<i64> {
    let limit = offsets.median()? + SPIKE;
    offsets.max().map(|largest| largest.min(limit))
}
