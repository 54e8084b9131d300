//! The clocks of both sessions: a host's follows real time; a guest's leads the host's by just as
//! much as its inputs need to arrive in time.
//!
//! Integer arithmetic on [`Duration`]s that are passed in.
//!
//! Non-goals: reading a system clock.

use core::time::Duration;

use crate::Tick;

use super::rate::{Rate, TICK};
use super::window::Window;

/// A clock that has fallen further behind than this, in milliseconds, skips the missed time.
const MAX_DEBT_MS: i64 = 250;

/// The predicted present runs at most 1/20 faster or slower than real time.
pub(super) const SLEW: u32 = 20;

/// A guest's clock that is off by more than this, in sixtieths of a second, jumps.
const MAX_SLEW_SIXTIETHS: i64 = 20;

/// How early an input should arrive, in ticks: with less, ordinary jitter makes it late.
const TARGET_SLACK: i64 = 1;

/// A player's lead over the newest tick heard, in milliseconds, before any acknowledgement has
/// measured it.
const FIRST_LEAD_MS: i64 = 100;

/// A measurement this many milliseconds above the median is a spike.
const SPIKE_MS: i64 = 100;

/// A host's clock: real time since a moment at which a tick was due.
#[derive(Clone, Debug)]
pub(super) struct HostClock {
    rate: Rate,
    /// The position of `now` at which tick 0 was, or would have been, due.
    origin: i64,
}

impl HostClock {
    pub(super) fn start(rate: Rate, now: Duration, tick: Tick) -> Self {
        Self {
            rate,
            origin: rate.position(now) - i64::from(tick.0) * TICK,
        }
    }

    /// The number of ticks to step from `tick` to catch up with `now`.
    pub(super) fn due(&mut self, now: Duration, tick: Tick) -> u32 {
        let behind = self.position(now) - i64::from(tick.0) * TICK;
        if behind > self.rate.span(MAX_DEBT_MS) {
            *self = Self::start(self.rate, now, tick + 1);
            return 1;
        }
        u32::try_from(behind / TICK).unwrap_or(0)
    }

    /// The tick at `now`.
    pub(super) fn tick(&self, now: Duration) -> Tick {
        Tick(u32::try_from(self.position(now) / TICK).unwrap_or(0))
    }

    /// The elapsed fraction of `tick`, `0..1`.
    pub(super) fn fraction(&self, now: Duration, tick: Tick) -> f32 {
        fraction(self.position(now), tick)
    }

    fn position(&self, now: Duration) -> i64 {
        self.rate.position(now) - self.origin
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
/// still in flight is never made twice. The target is the largest offset of the last few
/// measurements, which grows quickly and shrinks slowly.
#[derive(Clone, Debug)]
pub(super) struct GuestClock {
    rate: Rate,
    offset: i64,
    /// Whether `offset` has been set.
    started: bool,
    /// A player's lead over the newest tick heard, until this host has measured it.
    assumed_lead: i64,
    /// Offsets at which a delta's tick equals its time of arrival.
    heard: Window<i64>,
    /// Offsets at which an input would have arrived [`TARGET_SLACK`] early.
    wanted: Window<i64>,
    /// Whether inputs are sent: a spectator needs no lead.
    sending: bool,
}

impl GuestClock {
    /// A clock that starts with the first tick heard.
    pub(super) fn new(rate: Rate) -> Self {
        Self {
            rate,
            offset: 0,
            started: false,
            assumed_lead: rate.span(FIRST_LEAD_MS),
            heard: Window::default(),
            wanted: Window::default(),
            sending: false,
        }
    }

    /// A clock that shows `tick` at `now`.
    pub(super) fn starting_at(rate: Rate, now: Duration, tick: Tick) -> Self {
        Self {
            offset: i64::from(tick.0) * TICK - rate.position(now),
            started: true,
            ..Self::new(rate)
        }
    }

    /// Forgets the measurements of the previous host; the clock runs on until there are new ones.
    pub(super) fn forget(&mut self) {
        if let (Some(wanted), Some(heard)) =
            (self.robust_max(&self.wanted), self.robust_max(&self.heard))
        {
            self.assumed_lead = (wanted - heard).max(0);
        }
        self.heard = Window::default();
        self.wanted = Window::default();
    }

    /// Notes that a delta of this tick arrived.
    pub(super) fn heard(&mut self, now: Duration, tick: Tick) {
        self.heard
            .push(i64::from(tick.0) * TICK - self.rate.position(now));
        if !self.started {
            self.started = true;
            self.offset = self.target();
        }
    }

    /// Notes that an input, which was stamped at `offset` and then held back for `held`, arrived
    /// `slack` ticks early.
    pub(super) fn acknowledged(&mut self, offset: i64, held: Duration, slack: i8) {
        let early = (i64::from(slack) - TARGET_SLACK) * TICK + self.rate.position(held);
        self.wanted.push(offset - early);
    }

    /// Advances to `now`, after `elapsed`.
    pub(super) fn advance(&mut self, elapsed: Duration) {
        let error = self.target() - self.offset;
        let max_slew = i64::from(self.rate.hertz()) * MAX_SLEW_SIXTIETHS * TICK / 60;
        if error.abs() > max_slew {
            self.offset += error;
        } else {
            let step = self.rate.position(elapsed) / i64::from(SLEW);
            // Half a tick too early costs nothing and does not justify a change of pace.
            let error = if error < 0 {
                (error + TICK / 2).min(0)
            } else {
                error
            };
            self.offset += error.clamp(-step, step);
        }
    }

    /// The offset by which a stamp of `tick` is right now, for a later
    /// [`acknowledged`](Self::acknowledged).
    ///
    /// Not always the clock's own: the confirmed state can be ahead of a slow clock.
    pub(super) fn offset_of(&self, now: Duration, tick: Tick) -> i64 {
        self.offset
            .max(i64::from(tick.0) * TICK - self.rate.position(now))
    }

    /// The tick at `now`.
    pub(super) fn tick(&self, now: Duration) -> Tick {
        Tick(u32::try_from((self.rate.position(now) + self.offset) / TICK).unwrap_or(0))
    }

    /// The elapsed fraction of `tick`, `0..1`.
    pub(super) fn fraction(&self, now: Duration, tick: Tick) -> f32 {
        fraction(self.rate.position(now) + self.offset, tick)
    }

    /// Sets whether inputs are sent from now on.
    pub(super) fn set_sending(&mut self, sending: bool) {
        self.sending = sending;
    }

    fn target(&self) -> i64 {
        match (self.robust_max(&self.wanted), self.robust_max(&self.heard)) {
            (Some(wanted), _) => wanted,
            (None, Some(heard)) if self.sending => heard + self.assumed_lead,
            (None, Some(heard)) => heard,
            (None, None) => self.offset,
        }
    }

    /// The largest measurement, limited to a spike's distance above the median.
    fn robust_max(&self, offsets: &Window<i64>) -> Option<i64> {
        let limit = offsets.median()? + self.rate.span(SPIKE_MS);
        offsets.max().map(|largest| largest.min(limit))
    }
}
