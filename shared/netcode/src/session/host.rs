//! The authority of a match: steps the state in real time, applies the players' inputs and
//! publishes what they decided, encoded once for all readers.
//!
//! Non-goals: identities. The broker proves the sender of a payload, and the caller maps it to a
//! slot.

mod local;
mod log;
mod pilot;
mod repeats;
mod seats;

use core::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::simulation::assert_limits;
use crate::wire::{Change, DecodeError, TooLong, Uplink, message_length};
use crate::{ChangeOf, Epoch, Simulation, Slot, Tick, decode_uplink};

use super::clock::{Metronome, SLEW};
use super::prediction::Prediction;
use super::rate::Rate;
use super::{Guest, Health, History, HostOptions, Notice, NoticeOf, Outgoing};
use local::LocalPlayer;
use log::Log;
use pilot::Pilot;
use seats::Seats;

pub use log::StateTooLarge;
pub use seats::SEAT_GRACE;

/// The most by which the local player's controls are delayed for fairness: slower guests do not
/// slow the host further.
const MAX_DELAY: Duration = Duration::from_millis(100);

/// The least time between two messages of one player.
const MESSAGE_INTERVAL: Duration = Duration::from_millis(500);

/// The authority of one epoch of a match.
#[derive(Clone)]
pub struct Host<S: Simulation> {
    options: HostOptions,
    clock: Metronome,
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
            clock: Metronome::start(Rate::of::<S>(), now, tick),
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

    /// The host of a match that another client, or this one before it lost touch, has hosted.
    ///
    /// `seq` is the number of the epoch's last delta, 0 for a new epoch. The people seated in
    /// `state` stay seated, the local player in the slot `local`, and the others' seats are granted.
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
                seat.pilot = Some(Pilot::new(now));
                if local == Some(slot) {
                    host.local = Some(LocalPlayer::new(slot, held));
                } else {
                    seat.grant(now);
                }
            }
        }
        host
    }

    /// The guest that this host becomes when the host of `epoch` replaces it.
    #[must_use]
    pub fn become_guest(&mut self, epoch: Epoch, jitter_seed: u64, now: Duration) -> Guest<S>
    where
        S: DeserializeOwned,
    {
        let shown = self.prediction.take_present();
        let shown = shown.unwrap_or_else(|| (self.tick, self.state.clone()));
        let past = (self.log.epoch(), self.tick, self.state.clone());
        let slot = self.local.as_ref().map(|local| local.slot);
        Guest::from_host(epoch, past, shown, slot, jitter_seed, now)
    }

    /// Notes that the link was down: guests may have missed deltas, and the players' silence
    /// meanwhile does not count.
    pub fn reconnected(&mut self, now: Duration) {
        self.log.restart();
        for (_, pilot) in self.seats.pilots_mut() {
            pilot.last_heard = now;
        }
    }

    /// Grants a seat to a player, which appears in the simulation with its first payload.
    ///
    /// A seat that is granted already is given to another player: the one in it leaves.
    pub fn grant(&mut self, slot: Slot, now: Duration) {
        self.remove(slot);
        if let Some(seat) = self.seats.get_mut(slot) {
            seat.grant(now);
        }
    }

    /// Ends a grant; the player in the seat leaves.
    pub fn revoke(&mut self, slot: Slot) {
        self.remove(slot);
        if let Some(seat) = self.seats.get_mut(slot) {
            seat.revoke();
        }
    }

    /// Whether a seat is granted to a player.
    #[must_use]
    pub fn is_granted(&self, slot: Slot) -> bool {
        self.seats.get(slot).is_some_and(|seat| seat.is_granted())
    }

    /// Seats the local player.
    pub fn seat_local(&mut self, slot: Slot, now: Duration) {
        if slot.index() < S::SEATS {
            self.insert(slot, now);
            self.local
                .get_or_insert_with(|| LocalPlayer::new(slot, S::Controls::default()));
        }
    }

    /// A person takes the seat; without effect if one sits there.
    fn insert(&mut self, slot: Slot, now: Duration) {
        let Some(seat) = self.seats.get_mut(slot) else {
            return;
        };
        if seat.pilot.is_none() {
            seat.pilot = Some(Pilot::new(now));
            self.state.join(slot);
            self.record(slot, Change::Join);
            self.log.want_keyframe();
        }
    }

    /// The person in the seat leaves for good; without effect if nobody sits there.
    fn remove(&mut self, slot: Slot) {
        let pilot = self.seats.get_mut(slot).and_then(|seat| seat.pilot.take());
        if pilot.is_some() {
            self.state.leave(slot);
            self.record(slot, Change::Leave);
        }
    }

    /// Removes the players that have been silent for [`SEAT_GRACE`]. Their grants stay.
    pub fn expire(&mut self, now: Duration) {
        for slot in self.seats.expired(now) {
            self.give_up(slot);
        }
    }

    fn give_up(&mut self, slot: Slot) {
        self.remove(slot);
        if let Some(seat) = self.seats.get_mut(slot) {
            seat.give_up();
        }
    }

    /// The granted seats whose players are present or may still appear.
    pub fn occupied(&self) -> impl Iterator<Item = Slot> + '_ {
        self.seats.occupied()
    }

    /// The best seat to hand the match over to: of the players that are present, the one that was
    /// heard last.
    #[must_use]
    pub fn successor(&self) -> Option<Slot> {
        self.seats.heard_last()
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

    /// When the person in the seat was last heard; `None` if nobody sits there.
    #[must_use]
    pub fn last_heard(&self, slot: Slot) -> Option<Duration> {
        self.seats.pilot(slot).map(|pilot| pilot.last_heard)
    }

    /// Takes a payload of the input topic of the player to whom the slot is granted, or is without
    /// effect if it is granted to nobody.
    ///
    /// # Errors
    /// If the payload is not a message of this version; nothing has changed then.
    pub fn receive(
        &mut self,
        slot: Slot,
        payload: &[u8],
        now: Duration,
    ) -> Result<(), DecodeError> {
        let uplink = decode_uplink::<S>(payload)
            .inspect_err(|_| self.health.rejected += 1)?;
        let Some(seat) = self.seats.get_mut(slot).filter(|seat| seat.is_granted()) else {
            return Ok(());
        };
        match uplink {
            Uplink::Leave => self.give_up(slot),
            Uplink::Gone => {
                seat.vanish(now);
                self.note_heard(slot, now);
            }
            Uplink::Input(input) => {
                self.show_up(slot, now);
                let tick = self.tick;
                if let Some(pilot) = self.seats.pilot_mut(slot) {
                    self.health.late_inputs += pilot.enqueue::<S>(&input, tick);
                }
            }
            Uplink::Message(message) => {
                self.show_up(slot, now);
                if message_length(&message).is_some() {
                    self.publish_message(slot, message, now);
                } else {
                    self.health.rejected += 1;
                }
            }
            Uplink::WantKeyframe => {
                self.show_up(slot, now);
                self.log.want_keyframe();
            }
        }
        Ok(())
    }

    /// Notes that the player of the seat is present.
    fn show_up(&mut self, slot: Slot, now: Duration) {
        if let Some(seat) = self.seats.get_mut(slot) {
            seat.show_up();
        }
        self.insert(slot, now);
        self.note_heard(slot, now);
    }

    fn note_heard(&mut self, slot: Slot, now: Duration) {
        if let Some(pilot) = self.seats.pilot_mut(slot) {
            pilot.last_heard = now;
        }
    }

    fn publish_message(&mut self, slot: Slot, message: S::Message, now: Duration) {
        let room = self.log.has_room_for_message();
        let Some(pilot) = self.seats.pilot_mut(slot).filter(|_| room) else {
            return;
        };
        if pilot
            .last_message
            .is_none_or(|last| now >= last + MESSAGE_INTERVAL)
        {
            pilot.last_message = Some(now);
            self.notices.push(Notice::Message {
                slot,
                message: message.clone(),
            });
            self.record(slot, Change::Message(message));
        }
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

    /// The present and its tick: what the local player sees, or the state if there is none.
    pub fn present(&self) -> (Tick, &S) {
        self.prediction
            .present()
            .unwrap_or((self.tick, &self.state))
    }

    /// See [`Guest::corrected`].
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

    /// Why the last keyframe could not be published, if it could not: nobody can join or
    /// resynchronise then.
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
        let reported = self.seats.pilots().map(|pilot| pilot.round_trip);
        let mut reported: Vec<u8> = reported.filter(|&ticks| ticks > 0).collect();
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
            None => self.seats.pilot_mut(slot)?.take_due(self.tick),
        }
    }

    fn publish_delta(&mut self, now: Duration, publish: &mut impl FnMut(Outgoing, &[u8])) {
        let checksum = self.state.checksum();
        self.history.record(self.tick, checksum);
        let acks = self.seats.pilots_mut().filter_map(|(slot, pilot)| {
            let (stamp, slack) = pilot.take_acknowledgement()?;
            Some((slot, stamp, slack))
        });
        self.log
            .publish_delta(self.tick, checksum, acks, now, publish);
    }
}
