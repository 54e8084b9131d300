//! Replays a recorded match: any tick, at several speeds, with its events and messages.
//!
//! Sans-I/O: time is an argument. Where messages are missing in the recording, the states are
//! predicted until the next keyframe, as a guest does.
//!
//! Non-goals: checking the recording, which is what [`crate::audit`] is for.

mod speed;
mod timeline;

use core::time::Duration;

use serde::de::DeserializeOwned;

use crate::format::Entry;
use netcode::{Notice, NoticeOf, Simulation, Tick, apply_change};
use protocol::Epoch;
use protocol::Roster;

use timeline::{Content, Timeline};

pub use speed::Speed;

/// The longest time between two calls that counts; more means that the replay was not displayed.
const MAX_STALL: Duration = Duration::from_secs(1);

/// The length of a tick in units of the playback clock: nanoseconds divided by the tick rate and by
/// the slowest speed.
const TICK: u64 = 1_000_000_000 * Speed::UNIT;

/// Why a recording cannot be replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// The recording has no state to begin with.
    #[error("the recording contains no keyframe and cannot be played")]
    NoKeyframe,
}

/// A recorded match and a position in it.
#[derive(Clone)]
pub struct Replay<S: Simulation> {
    timeline: Timeline<S>,
    /// The index of the timeline's next item.
    next: usize,
    epoch: Epoch,
    tick: Tick,
    state: S,
    speed: Speed,
    paused: bool,
    now: Option<Duration>,
    /// The elapsed part of the present tick, in units of the playback clock.
    elapsed: u64,
    notices: Vec<NoticeOf<S>>,
}

impl<S: Simulation + DeserializeOwned> Replay<S> {
    /// A replay at the first tick of the recording, at normal speed. Payloads that cannot be decoded
    /// are ignored.
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
            elapsed: 0,
            notices: Vec::new(),
        };
        replay.seek(replay.first());
        Ok(replay)
    }
}

impl<S: Simulation> Replay<S> {
    /// Goes to a tick, clamped to the range of the recording. The notices on the way are discarded.
    pub fn seek(&mut self, tick: Tick) {
        let tick = tick.clamp(self.first(), self.last());
        self.elapsed = 0;
        self.notices.clear();
        if let Some(keyframe) = self.timeline.keyframe_before(tick)
            && (tick < self.tick || keyframe.index >= self.next)
        {
            self.next = keyframe.index + 1;
            self.epoch = keyframe.epoch;
            self.tick = keyframe.tick;
            self.state = keyframe.state.clone();
            self.apply_state_items();
        }
        while self.tick < tick {
            self.step();
        }
        self.notices.clear();
    }

    /// Goes to the tick nearest to `position`, the time since the first tick.
    pub fn seek_to(&mut self, position: Duration) {
        // The time of a tick is rounded down to nanoseconds; rounding down again would give the tick
        // before.
        let ticks = (position.as_nanos() * u128::from(S::TICK_RATE) + 500_000_000) / 1_000_000_000;
        let ticks = u32::try_from(ticks).unwrap_or(u32::MAX);
        self.seek(self.first() + ticks);
    }

    /// Advances to `now`, the time since any fixed origin.
    ///
    /// More than a second between two calls counts as one second.
    pub fn advance(&mut self, now: Duration) {
        let before = self.now.replace(now).unwrap_or(now);
        if self.paused {
            return;
        }
        let span = now.saturating_sub(before).min(MAX_STALL);
        let nanos = u64::try_from(span.as_nanos()).unwrap_or(0);
        self.elapsed += nanos * u64::from(S::TICK_RATE) * self.speed.units();
        while self.elapsed >= TICK && !self.is_over() {
            self.elapsed -= TICK;
            self.step();
        }
        if self.is_over() {
            self.elapsed = 0;
        }
    }

    /// One tick: applies its changes, steps, and applies the changes after the step.
    fn step(&mut self) {
        while let Some(item) = self.timeline.item(self.next)
            && item.tick <= self.tick
        {
            self.apply_item();
        }
        let (tick, notices) = (self.tick, &mut self.notices);
        self.state
            .step(|event| notices.push(Notice::Confirmed { tick, event }));
        self.tick += 1;
        self.apply_state_items();
    }

    /// Applies the items that are part of this tick's state.
    fn apply_state_items(&mut self) {
        while let Some(item) = self.timeline.item(self.next)
            && item.tick <= self.tick
            && item.is_state
        {
            self.apply_item();
        }
    }

    fn apply_item(&mut self) {
        let Some(item) = self.timeline.item(self.next) else {
            return;
        };
        self.next += 1;
        match &item.content {
            Content::Keyframe(epoch, state) => {
                self.epoch = *epoch;
                self.state.clone_from(state);
            }
            Content::Change(slot, change) => {
                apply_change::<S>(&mut self.state, *slot, change, &mut self.notices);
            }
        }
    }

    /// Pauses or continues.
    pub const fn set_paused(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// Whether it is paused.
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.paused
    }

    /// Sets the speed.
    pub const fn set_speed(&mut self, speed: Speed) {
        self.speed = speed;
    }

    /// The speed.
    #[must_use]
    pub const fn speed(&self) -> Speed {
        self.speed
    }

    /// Whether the last tick has been reached.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.tick >= self.last()
    }

    /// The first tick with a state.
    #[must_use]
    pub const fn first(&self) -> Tick {
        self.timeline.first
    }

    /// The last recorded tick.
    #[must_use]
    pub const fn last(&self) -> Tick {
        self.timeline.last
    }

    /// The length at normal speed.
    #[must_use]
    pub fn length(&self) -> Duration {
        time_between::<S>(self.first(), self.last())
    }

    /// The time since the first tick, at normal speed.
    #[must_use]
    pub fn position(&self) -> Duration {
        time_between::<S>(self.first(), self.tick)
    }

    /// The present tick.
    #[must_use]
    pub const fn tick(&self) -> Tick {
        self.tick
    }

    /// The elapsed fraction of the present tick, `0..1`, for drawing between two ticks.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "only for drawing between two ticks"
    )]
    pub fn fraction(&self) -> f32 {
        self.elapsed as f32 / TICK as f32
    }

    /// The present state.
    #[must_use]
    pub const fn state(&self) -> &S {
        &self.state
    }

    /// The epoch of the present tick.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The roster at the present tick; `None` if no roster was recorded.
    #[must_use]
    pub fn roster(&self) -> Option<&Roster> {
        self.timeline.roster(self.tick)
    }

    /// Whether the present state is only predicted, because messages before it are missing.
    #[must_use]
    pub fn is_guess(&self) -> bool {
        self.timeline.is_predicted(self.tick)
    }

    /// Removes and returns the notices since the last call.
    pub fn drain_notices(&mut self) -> impl Iterator<Item = NoticeOf<S>> + '_ {
        self.notices.drain(..)
    }
}

fn time_between<S: Simulation>(first: Tick, tick: Tick) -> Duration {
    let ticks = u64::from(tick.0.saturating_sub(first.0));
    Duration::from_nanos(ticks * 1_000_000_000 / u64::from(S::TICK_RATE))
}
