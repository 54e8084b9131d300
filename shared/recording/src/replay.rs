//! Plays a recorded match again: any tick of it, at any speed, with everything that was said and
//! that happened on the way.
//!
//! A sans-I/O value for a screen to draw: time is passed in. Where the recording lacks messages it
//! plays on by prediction until the next keyframe, as a guest does. It deliberately judges nothing:
//! that is [`crate::audit`]'s.

mod speed;
mod timeline;

use core::time::Duration;

use serde::de::DeserializeOwned;

use crate::format::Entry;
use netcode::{Notice, NoticeOf, Simulation, Tick, apply_change};
use protocol::Epoch;
use protocol::Roster;

use timeline::{Timeline, What};

pub use speed::Speed;

/// More time than this between two calls is not caught up with: the screen was not looked at.
const MAX_STALL: Duration = Duration::from_secs(1);

/// A tick in the unit of the playback's clock: a nanosecond, divided by the tick rate and by the
/// slowest speed.
const TICK: u64 = 1_000_000_000 * Speed::UNIT;

/// Why a recording cannot be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// Nothing tells what the arena looked like.
    #[error("the recording holds no keyframe, so that there is nothing to play")]
    NoKeyframe,
}

/// A recorded match and a place in it.
#[derive(Clone)]
pub struct Replay<S: Simulation> {
    timeline: Timeline<S>,
    /// The next of the timeline's items.
    next: usize,
    epoch: Epoch,
    tick: Tick,
    state: S,
    speed: Speed,
    paused: bool,
    now: Option<Duration>,
    /// How much of the present tick has passed.
    passed: u64,
    notices: Vec<NoticeOf<S>>,
}

impl<S: Simulation + DeserializeOwned> Replay<S> {
    /// A replay that stands at the recording's first tick and runs at its own speed.
    ///
    /// What is no message of this version is left out.
    ///
    /// # Errors
    /// If there is no keyframe.
    pub fn new<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Result<Self, ReplayError> {
        let timeline = Timeline::<S>::new(entries);
        let start = timeline.keyframe_before(timeline.last);
        let start = start.ok_or(ReplayError::NoKeyframe)?;
        let (next, epoch, tick) = (start.index + 1, start.epoch, start.tick);
        let mut replay = Self {
            state: start.state.clone(),
            timeline,
            next,
            epoch,
            tick,
            speed: Speed::Normal,
            paused: false,
            now: None,
            passed: 0,
            notices: Vec::new(),
        };
        replay.seek(replay.first());
        Ok(replay)
    }
}

impl<S: Simulation> Replay<S> {
    /// Goes to a tick, or to the end that is nearer if the recording does not reach it.
    ///
    /// What happens on the way is not told.
    pub fn seek(&mut self, tick: Tick) {
        let tick = tick.clamp(self.first(), self.last());
        self.passed = 0;
        self.notices.clear();
        if let Some(keyframe) = self.timeline.keyframe_before(tick)
            && (tick < self.tick || keyframe.index >= self.next)
        {
            self.next = keyframe.index + 1;
            self.epoch = keyframe.epoch;
            self.tick = keyframe.tick;
            self.state = keyframe.state.clone();
            self.settle();
        }
        while self.tick < tick {
            self.step();
        }
        self.notices.clear();
    }

    /// Goes to the tick that is nearest to a time since the first one.
    pub fn seek_to(&mut self, position: Duration) {
        // A tick's time is cut to whole nanoseconds; rounding down would miss the tick itself.
        let ticks = (position.as_nanos() * u128::from(S::TICK_RATE) + 500_000_000) / 1_000_000_000;
        let ticks = u32::try_from(ticks).unwrap_or(u32::MAX);
        self.seek(self.first() + ticks);
    }

    /// Moves on to `now`, time since any fixed origin.
    ///
    /// More than a second between two calls counts as one second.
    pub fn advance(&mut self, now: Duration) {
        let before = self.now.replace(now).unwrap_or(now);
        if self.paused {
            return;
        }
        let elapsed = now.saturating_sub(before).min(MAX_STALL);
        let elapsed = u64::try_from(elapsed.as_nanos()).unwrap_or(0);
        self.passed += elapsed * u64::from(S::TICK_RATE) * self.speed.units();
        while self.passed >= TICK && !self.is_over() {
            self.passed -= TICK;
            self.step();
        }
        if self.is_over() {
            self.passed = 0;
        }
    }

    /// One tick: what people decided in it, then the step, then what a delta tells at its end.
    fn step(&mut self) {
        while let Some(item) = self.timeline.item(self.next)
            && item.tick <= self.tick
        {
            self.take_item();
        }
        let (tick, notices) = (self.tick, &mut self.notices);
        self.state
            .step(|event| notices.push(Notice::Confirmed { tick, event }));
        self.tick += 1;
        self.settle();
    }

    /// Takes what belongs to the state of this tick itself.
    fn settle(&mut self) {
        while let Some(item) = self.timeline.item(self.next)
            && item.tick <= self.tick
            && item.settled
        {
            self.take_item();
        }
    }

    fn take_item(&mut self) {
        let Some(item) = self.timeline.item(self.next) else {
            return;
        };
        self.next += 1;
        match &item.what {
            What::Keyframe(epoch, state) => {
                self.epoch = *epoch;
                self.state.clone_from(state);
            }
            What::Change(slot, change) => {
                apply_change::<S>(&mut self.state, *slot, change, &mut self.notices);
            }
        }
    }

    /// Holds or goes on.
    pub const fn set_paused(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// Whether it holds.
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.paused
    }

    /// Plays faster or slower from now on.
    pub const fn set_speed(&mut self, speed: Speed) {
        self.speed = speed;
    }

    /// How fast it plays.
    #[must_use]
    pub const fn speed(&self) -> Speed {
        self.speed
    }

    /// Whether the last tick is reached.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.tick >= self.last()
    }

    /// The first tick that can be shown.
    #[must_use]
    pub const fn first(&self) -> Tick {
        self.timeline.first
    }

    /// The last tick that is known.
    #[must_use]
    pub const fn last(&self) -> Tick {
        self.timeline.last
    }

    /// How long all of it takes at its own speed.
    #[must_use]
    pub fn length(&self) -> Duration {
        time_between::<S>(self.first(), self.last())
    }

    /// The time since the first tick, at its own speed.
    #[must_use]
    pub fn position(&self) -> Duration {
        time_between::<S>(self.first(), self.tick)
    }

    /// The present tick.
    #[must_use]
    pub const fn tick(&self) -> Tick {
        self.tick
    }

    /// How much of the present tick has passed, `0..1`, for drawing between two ticks.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "only for drawing between two ticks"
    )]
    pub fn fraction(&self) -> f32 {
        self.passed as f32 / TICK as f32
    }

    /// The present state.
    #[must_use]
    pub const fn state(&self) -> &S {
        &self.state
    }

    /// In whose log the present tick is.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Who sat where at the present tick; `None` if no roster was recorded.
    #[must_use]
    pub fn roster(&self) -> Option<&Roster> {
        self.timeline.roster(self.tick)
    }

    /// Whether the present state is a guess, because messages are missing before it.
    #[must_use]
    pub fn is_guess(&self) -> bool {
        self.timeline.is_guess(self.tick)
    }

    /// What happened and was said since this was last asked.
    pub fn drain_notices(&mut self) -> impl Iterator<Item = NoticeOf<S>> + '_ {
        self.notices.drain(..)
    }
}

fn time_between<S: Simulation>(first: Tick, tick: Tick) -> Duration {
    let ticks = u64::from(tick.0.saturating_sub(first.0));
    Duration::from_nanos(ticks * 1_000_000_000 / u64::from(S::TICK_RATE))
}
