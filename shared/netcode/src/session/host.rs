//! The session of the authority of a match: steps the state in real time, applies the players'
//! inputs and publishes them as deltas, encoded once for all readers.
//!
//! Non-goals: identities. The broker authorises the sender of a payload by its topic, and the caller
//! maps the topic to a slot.

mod local;
mod log;
mod player;
mod receive;
mod repeats;
mod seating;
mod seats;

use core::time::Duration;

use arrayvec::ArrayVec;
use serde::Serialize;

use crate::simulation::assert_limits;
use crate::wire::{Change, TooLong, message_length};
use crate::{ChangeOf, Epoch, MAX_SEATS, Simulation, Slot, Tick};

use super::clock::{HostClock, SLEW};
use super::prediction::Prediction;
use super::rate::Rate;
use super::{Health, History, HostOptions, Notice, NoticeOf, Outgoing};
use local::LocalPlayer;
use log::Log;
use player::Player;
use seats::Seats;

pub use log::StateTooLarge;
pub use seats::SEAT_GRACE;

/// The most by which the local player's controls are delayed for fairness: slower guests do not
/// slow the host further.
const MAX_DELAY: Duration = Duration::from_millis(100);

/// The authority of one epoch of a match.
#[derive(Clone)]
pub struct Host<S: Simulation> {
    options: HostOptions,
    clock: HostClock,
    now: Duration,
    tick: Tick,
    state: S,
    seats: Seats<S::Controls>,
    local: Option<LocalPlayer<S::Controls>>,
    /// The lead of the local player's present over the state.
    delay: Duration,
    /// What the local player sees.
    prediction: Prediction<S>,
    log: Log<S>,
    failure: Option<StateTooLarge>,
    history: History,
    notices: Vec<NoticeOf<S>>,
    health: Health,
}

impl<S: Simulation> Host<S> {
    /// The host of `epoch`, which begins with `state` at `tick`.
    #[must_use]
    pub fn new(epoch: Epoch, tick: Tick, state: S, options: HostOptions, now: Duration) -> Self {
        assert_limits::<S>();
        Self {
            options,
            clock: HostClock::start(Rate::of::<S>(), now, tick),
            now,
            tick,
            state,
            seats: Seats::new::<S>(),
            local: None,
            delay: Duration::ZERO,
            prediction: Prediction::default(),
            log: Log::new(epoch, 0, tick, options.pace, options.repeat, now),
            failure: None,
            history: History::default(),
            notices: Vec::new(),
            health: Health::default(),
        }
    }

    /// The host of a match that was hosted before, by another client or by this one.
    ///
    /// `seq` is the number of the epoch's last delta, 0 for a new epoch. The players seated in
    /// `state` stay seated: the local player in the slot `local`; the seats of the others are
    /// granted.
    #[must_use]
    pub fn resume(
        epoch: Epoch,
        seq: u32,
        tick: Tick,
        state: S,
        local: Option<Slot>,
        options: HostOptions,
        now: Duration,
    ) -> Self {
        let mut host = Self::new(epoch, tick, state, options, now);
        host.log = Log::new(epoch, seq, tick, options.pace, options.repeat, now);
        for slot in S::slots() {
            let Some(held) = host.state.controls(slot) else {
                continue;
            };
            if let Some(seat) = host.seats.get_mut(slot) {
                seat.player = Some(Player::new(now));
                if local == Some(slot) {
                    host.local = Some(LocalPlayer::new(slot, held));
                } else {
                    seat.grant(now);
                }
            }
        }
        host
    }

    /// Notes that the link was down: guests may have missed deltas, and the players' silence
    /// meanwhile does not count.
    pub fn reconnected(&mut self, now: Duration) {
        self.log.restart();
        for (_, player) in self.seats.players_mut() {
            player.last_heard = now;
        }
    }

    /// Sets the local player's controls, from the tick that it sees.
    pub fn steer(&mut self, controls: S::Controls) {
        let (shown, _) = self.present();
        if let Some(local) = &mut self.local {
            local.steer(controls, shown);
        }
    }

    /// Sends a message of the local player.
    ///
    /// # Errors
    /// If the message is longer than [`MAX_MESSAGE`](crate::wire::MAX_MESSAGE).
    pub fn message(&mut self, message: S::Message, now: Duration) -> Result<(), TooLong> {
        message_length(&message).ok_or(TooLong)?;
        if let Some(local) = &self.local {
            self.publish_message(local.slot, message, now);
        }
        Ok(())
    }

    /// Takes the local player's present out, with its tick; the state if there is none.
    pub(super) fn take_present(&mut self) -> (Tick, S) {
        let shown = self.prediction.take_present();
        shown.unwrap_or_else(|| (self.tick, self.state.clone()))
    }

    /// The local player's seat.
    pub(super) fn local_slot(&self) -> Option<Slot> {
        self.local.as_ref().map(|local| local.slot)
    }

    /// Records a change that the state at the present tick has already undergone.
    fn record(&mut self, slot: Slot, change: ChangeOf<S>) {
        let is_local = self.local.as_ref().is_some_and(|local| local.slot == slot);
        let predicted = match change {
            Change::Message(_) => true,
            Change::Steer(_) => is_local,
            Change::Join | Change::Leave => false,
        };
        if !predicted {
            self.prediction.invalidate();
        }
        self.log.record(self.tick, slot, change);
    }

    /// The state now.
    pub const fn state(&self) -> &S {
        &self.state
    }

    /// The tick now.
    pub const fn tick(&self) -> Tick {
        self.tick
    }

    /// The present and its tick: the prediction for the local player, or the state if there is no
    /// local player.
    pub fn present(&self) -> (Tick, &S) {
        self.prediction
            .present()
            .unwrap_or((self.tick, &self.state))
    }

    /// See [`Guest::corrected`](super::Guest::corrected).
    pub const fn corrected(&self) -> Option<&S> {
        self.prediction.corrected()
    }

    /// The elapsed fraction of the present's tick, `0..1`.
    #[must_use]
    pub fn fraction(&self, now: Duration) -> f32 {
        self.clock.fraction(now + self.delay, self.present().0)
    }

    /// The epoch that it hosts.
    pub const fn epoch(&self) -> Epoch {
        self.log.epoch()
    }

    /// Why the last keyframe could not be published, if it could not. While this is set, no guest can
    /// join or resynchronise: show it to the player or log it.
    pub const fn failure(&self) -> Option<StateTooLarge> {
        self.failure
    }

    /// The checksums of its published states.
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// Removes and returns the notices since the last call.
    pub fn drain_notices(&mut self) -> impl Iterator<Item = NoticeOf<S>> + '_ {
        self.notices.drain(..)
    }

    /// Measurements of this session.
    #[must_use]
    pub fn health(&self) -> Health {
        Health {
            round_trip: self.round_trip(),
            ..self.health
        }
    }

    /// The median of the round trips that the guests report.
    fn round_trip(&self) -> Option<Duration> {
        let reported = self.seats.players().map(|player| player.round_trip);
        let mut reported: ArrayVec<u8, MAX_SEATS> = reported.filter(|&ticks| ticks > 0).collect();
        reported.sort_unstable();
        let median = reported.get(reported.len() / 2)?;
        Some(Rate::of::<S>().duration_of(u32::from(*median)))
    }
}

impl<S: Simulation + Serialize> Host<S> {
    /// Steps to `now` and passes the payloads that are due to `publish`.
    pub fn update(&mut self, now: Duration, mut publish: impl FnMut(Outgoing, &[u8])) {
        for _ in 0..self.clock.due(now, self.tick) {
            self.apply_inputs(now, &mut publish);
            let (tick, notices) = (self.tick, &mut self.notices);
            let predicted = self.local.is_some();
            self.state.step(|event| {
                if !predicted {
                    notices.push(Notice::Predicted(event.clone()));
                }
                notices.push(Notice::Confirmed { tick, event });
            });
            self.tick += 1;
            if self.log.span_is_full(self.tick) {
                self.publish_delta(now, &mut publish);
            }
        }
        if self.log.delta_is_due(now) {
            self.publish_delta(now, &mut publish);
        }
        if self.log.keyframe_is_due(now) {
            // A keyframe stands for all deltas up to its number, so nothing may be pending.
            if self.log.is_pending(self.tick) {
                self.publish_delta(now, &mut publish);
            }
            let published = self
                .log
                .publish_keyframe(self.tick, &self.state, now, &mut publish);
            self.failure = published.err();
        }
        self.predict(now);
    }

    /// Predicts the local player's present, which is where its controls take effect.
    fn predict(&mut self, now: Duration) {
        let elapsed = now.saturating_sub(core::mem::replace(&mut self.now, now));
        let Some(local) = &self.local else {
            return;
        };
        let round_trip = self.options.fair.then(|| self.round_trip()).flatten();
        let due = round_trip.unwrap_or_default() / 2;
        let step = elapsed / SLEW;
        self.delay = due
            .min(MAX_DELAY)
            .clamp(self.delay.saturating_sub(step), self.delay + step);
        let apply = |state: &mut S, tick| {
            if let Some(controls) = local.at(tick) {
                state.steer(local.slot, controls);
            }
        };
        self.prediction.advance(
            (self.tick, &self.state),
            self.clock.tick(now + self.delay),
            apply,
            &mut self.notices,
        );
        self.health.corrections += u32::from(self.prediction.corrected().is_some());
        let tick = self.tick;
        if let Some(local) = &mut self.local {
            local.forget_before(tick);
        }
        let ahead = self.present().0.since(tick);
        self.health.lead = u32::try_from(ahead).unwrap_or(0);
    }

    /// Applies the inputs whose tick has come, at most one of each player: if two late ones were
    /// merged, a short press of a button would be lost.
    fn apply_inputs(&mut self, now: Duration, publish: &mut impl FnMut(Outgoing, &[u8])) {
        for slot in S::slots() {
            let Some(controls) = self.take_input(slot) else {
                continue;
            };
            if self
                .state
                .controls(slot)
                .is_some_and(|held| held != controls)
            {
                if self.log.is_full() {
                    self.publish_delta(now, publish);
                }
                self.state.steer(slot, controls);
                self.record(slot, Change::Steer(controls));
            }
        }
    }

    fn take_input(&mut self, slot: Slot) -> Option<S::Controls> {
        match self.local.as_ref().filter(|local| local.slot == slot) {
            Some(local) => local.due(self.tick),
            None => self.seats.player_mut(slot)?.take_due(self.tick),
        }
    }

    fn publish_delta(&mut self, now: Duration, publish: &mut impl FnMut(Outgoing, &[u8])) {
        let checksum = self.state.checksum();
        self.history.record(self.tick, checksum);
        let acks = self.seats.players_mut().filter_map(|(slot, player)| {
            let (stamp, slack) = player.take_acknowledgement()?;
            Some((slot, stamp, slack))
        });
        self.log
            .publish_delta(self.tick, checksum, acks, now, publish);
    }
}
