//! The authority: steps the one true state in real time, takes the players' inputs and publishes
//! what they decided, once for all readers.
//!
//! It deliberately does not know who sits in a seat, only that somebody does: the broker proves
//! the sender, and the caller maps it to a slot.

mod repeats;

use core::time::Duration;

use arrayvec::ArrayVec;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::protocol::Epoch;
use crate::sim::{MAX_SLOTS, Simulation, Slot, Tick};
use crate::wire::{
    self, Ack, Change, DecodeError, Delta, Downlink, Input, Keyframe, MAX_CHANGES, Payload, Say,
    Stamped, Timed, Uplink,
};

use super::clock::{Metronome, SLEW, duration_of};
use super::prediction::Prediction;
use super::{Guest, Health, History, HostOptions, Notice, Outgoing};
use repeats::Repeats;

/// Inputs of one player that wait for their tick; more than a second of the busiest hands.
const MAX_QUEUE: usize = 32;

/// An input that is stamped further ahead than this many ticks is acknowledged but not obeyed: its
/// sender's clock is wrong, and the slack in the acknowledgement mends it.
const MAX_AHEAD: i64 = 120;

/// The own pilot's controls are not delayed by more than this: who plays over a worse line is alone
/// with that.
const MAX_DELAY: Duration = Duration::from_millis(100);

/// A pilot may say one thing in this time.
const SAY_INTERVAL: Duration = Duration::from_millis(500);

/// What a host knows of a person in a seat.
#[derive(Clone, Debug)]
struct Pilot<C> {
    /// Waiting for their ticks, oldest first.
    queue: ArrayVec<(Stamped<C>, i8), MAX_QUEUE>,
    /// The newest tick stamped so far: what is not newer is a repetition.
    newest: Option<Tick>,
    /// The newest input that took effect since the last delta, and how early it came.
    applied: Option<(Tick, i8)>,
    /// In ticks, as the player reports it; 0 until measured.
    round_trip: u8,
    last_heard: Duration,
    last_said: Option<Duration>,
}

impl<C> Pilot<C> {
    const fn new(now: Duration) -> Self {
        Self {
            queue: ArrayVec::new_const(),
            newest: None,
            applied: None,
            round_trip: 0,
            last_heard: now,
            last_said: None,
        }
    }
}

/// The person at this very machine.
#[derive(Clone, Debug)]
struct Own<C> {
    slot: Slot,
    held: C,
    /// What was decided in the tick that was seen then, and takes effect in it, oldest first.
    queue: ArrayVec<(Tick, C), MAX_QUEUE>,
}

impl<C> Own<C> {
    const fn new(slot: Slot, held: C) -> Self {
        Self {
            slot,
            held,
            queue: ArrayVec::new_const(),
        }
    }
}

/// The authority of one epoch of a match.
#[derive(Clone)]
pub struct Host<S: Simulation> {
    epoch: Epoch,
    options: HostOptions,
    clock: Metronome,
    now: Duration,
    tick: Tick,
    state: S,
    pilots: [Option<Pilot<S::Controls>>; MAX_SLOTS],
    own: Option<Own<S::Controls>>,
    /// How far the own pilot's present is ahead of the state.
    delay: Duration,
    /// What the own pilot sees.
    prediction: Prediction<S>,
    /// Of the next delta.
    seq: u32,
    /// Where the next delta begins.
    base: Tick,
    changes: ArrayVec<Timed<S::Controls>, MAX_CHANGES>,
    repeats: Repeats<S::Controls>,
    last_delta: Duration,
    last_keyframe: Option<Duration>,
    keyframe_wanted: bool,
    history: History,
    notices: Vec<Notice<S::Event>>,
    health: Health,
    payload: Payload,
}

impl<S: Simulation> Host<S> {
    /// Takes `state` over at `tick`, as the host of `epoch`.
    #[must_use]
    pub fn new(epoch: Epoch, tick: Tick, state: S, options: HostOptions, now: Duration) -> Self {
        Self {
            epoch,
            options,
            clock: Metronome::start(now, tick),
            now,
            tick,
            state,
            pilots: [const { None }; MAX_SLOTS],
            own: None,
            delay: Duration::ZERO,
            prediction: Prediction::default(),
            seq: 0,
            base: tick,
            changes: ArrayVec::new(),
            repeats: Repeats::new(options.repeat),
            last_delta: now,
            last_keyframe: None,
            keyframe_wanted: true,
            history: History::default(),
            notices: Vec::new(),
            health: Health::default(),
            payload: Payload::default(),
        }
    }

    /// Goes on with a match that somebody else was host of, or this client before it lost touch:
    /// the last delta was `seq`, and whoever sits in `state` stays seated.
    #[must_use]
    pub fn resume(
        epoch: Epoch,
        seq: u32,
        tick: Tick,
        state: S,
        own: Option<Slot>,
        options: HostOptions,
        now: Duration,
    ) -> Self {
        let mut host = Self::new(epoch, tick, state, options, now);
        host.seq = seq;
        for slot in Slot::all() {
            if let Some(held) = host.state.controls(slot) {
                host.pilots[slot.index()] = Some(Pilot::new(now));
                if own == Some(slot) {
                    host.own = Some(Own::new(slot, held));
                }
            }
        }
        host
    }

    /// Follows the host of `epoch`, after having been the host itself.
    #[must_use]
    pub fn into_guest(mut self, epoch: Epoch, entropy: u64, now: Duration) -> Guest<S>
    where
        S: DeserializeOwned,
    {
        let shown = self.prediction.take_present();
        let shown = shown.unwrap_or_else(|| (self.tick, self.state.clone()));
        let past = (self.epoch, self.tick, self.state);
        let slot = self.own.map(|own| own.slot);
        Guest::deposed(epoch, past, shown, slot, entropy, now)
    }

    /// The link was down for a while: readers may have missed deltas, and who could not be heard
    /// was not silent.
    pub fn reconnected(&mut self, now: Duration) {
        self.keyframe_wanted = true;
        self.last_keyframe = None;
        for pilot in self.pilots.iter_mut().flatten() {
            pilot.last_heard = now;
        }
    }

    /// A person takes the seat; a no-op if one sits there.
    pub fn seat(&mut self, slot: Slot, now: Duration) {
        if self.pilots[slot.index()].is_none() {
            self.pilots[slot.index()] = Some(Pilot::new(now));
            self.state.join(slot);
            self.record(slot, Change::Join);
            self.keyframe_wanted = true;
        }
    }

    /// The person in the seat is gone for good; a no-op if nobody sits there.
    pub fn unseat(&mut self, slot: Slot) {
        if self.pilots[slot.index()].take().is_some() {
            self.state.leave(slot);
            self.record(slot, Change::Leave);
        }
    }

    /// Seats the person at this very machine.
    pub fn seat_self(&mut self, slot: Slot, now: Duration) {
        self.seat(slot, now);
        self.own
            .get_or_insert_with(|| Own::new(slot, S::Controls::default()));
    }

    /// The own pilot's controls from now on: from the tick that it sees.
    pub fn steer(&mut self, controls: S::Controls) {
        let (seen, _) = self.present();
        if let Some(own) = &mut self.own
            && own.held != controls
        {
            own.held = controls;
            match own.queue.last_mut() {
                Some((tick, last)) if *tick >= seen => *last = controls,
                _ => {
                    if own.queue.is_full() {
                        own.queue.remove(0);
                    }
                    own.queue.push((seen, controls));
                }
            }
        }
    }

    /// The own pilot says something.
    pub fn say(&mut self, say: Say, now: Duration) {
        if let Some(own) = &self.own {
            self.hear(own.slot, say, now);
        }
    }

    /// When the person in the seat was last heard of; `None` if nobody sits there.
    #[must_use]
    pub fn last_heard(&self, slot: Slot) -> Option<Duration> {
        self.pilots[slot.index()]
            .as_ref()
            .map(|pilot| pilot.last_heard)
    }

    /// Takes an [`Uplink`] of the person in `slot`.
    ///
    /// [`Uplink::Leave`] and [`Uplink::Gone`] are not the session's to judge and come back to the
    /// caller, as does everything else that it may care for.
    ///
    /// # Errors
    /// If the bytes are no message of this version; nothing has changed then.
    pub fn receive(
        &mut self,
        slot: Slot,
        payload: &[u8],
        now: Duration,
    ) -> Result<Uplink<S::Controls>, DecodeError> {
        let uplink: Uplink<S::Controls> =
            wire::decode(payload).inspect_err(|_| self.health.rejected += 1)?;
        if let Some(pilot) = &mut self.pilots[slot.index()] {
            pilot.last_heard = now;
        }
        match &uplink {
            Uplink::Input(input) => self.enqueue(slot, input),
            Uplink::Say(say) => self.hear(slot, say.clone(), now),
            Uplink::WantKeyframe => self.keyframe_wanted = true,
            Uplink::Leave | Uplink::Gone => {}
        }
        Ok(uplink)
    }

    fn enqueue(&mut self, slot: Slot, input: &Input<S::Controls>) {
        let Some(pilot) = &mut self.pilots[slot.index()] else {
            return;
        };
        pilot.round_trip = input.round_trip;
        for stamped in &input.stamped {
            if pilot.newest.is_some_and(|newest| stamped.tick <= newest) {
                continue;
            }
            pilot.newest = Some(stamped.tick);
            let early = stamped.tick.since(self.tick);
            let slack = early.clamp(i64::from(i8::MIN), i64::from(i8::MAX)) as i8;
            if early > MAX_AHEAD {
                pilot.applied = Some((stamped.tick, slack));
                // The sender's clock is wrong; its next stamps may be smaller.
                pilot.newest = None;
                continue;
            }
            if slack < 0 {
                self.health.late_inputs += 1;
            }
            if pilot.queue.is_full() {
                pilot.queue.remove(0);
            }
            pilot.queue.push((*stamped, slack));
        }
    }

    fn hear(&mut self, slot: Slot, say: Say, now: Duration) {
        let Some(pilot) = &mut self.pilots[slot.index()] else {
            return;
        };
        // Chat must leave room for play, in number and in bytes.
        let room = self.changes.len() < MAX_CHANGES / 2;
        if room
            && pilot
                .last_said
                .is_none_or(|last| now >= last + SAY_INTERVAL)
        {
            pilot.last_said = Some(now);
            self.notices.push(Notice::Said {
                slot,
                say: say.clone(),
            });
            self.record(slot, Change::Say(say));
        }
    }

    /// Notes a change that the state at the present tick has already undergone.
    fn record(&mut self, slot: Slot, change: Change<S::Controls>) {
        let foreseen = matches!(change, Change::Say(_))
            || matches!(change, Change::Steer(_) if self.own.as_ref().is_some_and(|own| own.slot == slot));
        if !foreseen {
            self.prediction.invalidate();
        }
        let offset = u8::try_from(self.tick.since(self.base)).unwrap_or(u8::MAX);
        let timed = Timed {
            offset,
            slot,
            change,
        };
        // Full only if more seats change hands between two frames than there are seats; readers
        // then see a wrong checksum and take the keyframe.
        if self.changes.try_push(timed).is_err() {
            self.keyframe_wanted = true;
        }
    }

    /// The state now.
    pub const fn state(&self) -> &S {
        &self.state
    }

    /// The tick now.
    pub const fn tick(&self) -> Tick {
        self.tick
    }

    /// The present and its tick: what the own pilot sees, or the state if there is none.
    pub fn present(&self) -> (Tick, &S) {
        self.prediction
            .present()
            .unwrap_or((self.tick, &self.state))
    }

    /// See [`Guest::corrected`].
    pub const fn corrected(&self) -> Option<&S> {
        self.prediction.corrected()
    }

    /// How much of the present's tick has passed, `0..1`.
    #[must_use]
    pub fn fraction(&self, now: Duration) -> f32 {
        self.clock.fraction(now + self.delay, self.present().0)
    }

    /// The epoch that it is host of.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The checksums that it published.
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// What happened since this was last asked.
    pub fn drain_notices(&mut self) -> impl Iterator<Item = Notice<S::Event>> + '_ {
        self.notices.drain(..)
    }

    /// How well it runs.
    #[must_use]
    pub fn health(&self) -> Health {
        Health {
            round_trip: self.round_trip(),
            ..self.health
        }
    }

    /// The median of what the guests report.
    fn round_trip(&self) -> Option<Duration> {
        let mut reported: ArrayVec<u8, MAX_SLOTS> = self
            .pilots
            .iter()
            .flatten()
            .map(|pilot| pilot.round_trip)
            .filter(|&ticks| ticks > 0)
            .collect();
        reported.sort_unstable();
        let median = reported.get(reported.len() / 2)?;
        Some(duration_of(u32::from(*median)))
    }
}

impl<S: Simulation + Serialize> Host<S> {
    /// Steps to `now` and hands what is due for publication to `publish`.
    pub fn update(&mut self, now: Duration, mut publish: impl FnMut(Outgoing, &[u8])) {
        for _ in 0..self.clock.due(now, self.tick) {
            self.take_inputs(now, &mut publish);
            let (tick, notices) = (self.tick, &mut self.notices);
            let foreseen = self.own.is_some();
            self.state.step(|event| {
                if !foreseen {
                    notices.push(Notice::Predicted(event.clone()));
                }
                notices.push(Notice::Confirmed { tick, event });
            });
            self.tick += 1;
            if self.tick.since(self.base) >= i64::from(u8::MAX) {
                self.publish_delta(now, &mut publish);
            }
        }
        let silent = now.saturating_sub(self.last_delta);
        let pace = self.options.pace;
        if silent >= pace.heartbeat || silent >= pace.frame_interval && !self.changes.is_empty() {
            self.publish_delta(now, &mut publish);
        }
        let keyframe_age = self
            .last_keyframe
            .map_or(Duration::MAX, |last| now.saturating_sub(last));
        if keyframe_age >= pace.keyframe_interval
            || keyframe_age >= pace.keyframe_spacing && self.keyframe_wanted
        {
            self.publish_keyframe(now, &mut publish);
        }
        self.predict(now);
    }

    /// Shows the own pilot its present, which is where its controls take effect.
    fn predict(&mut self, now: Duration) {
        let elapsed = now.saturating_sub(core::mem::replace(&mut self.now, now));
        let Some(own) = &self.own else {
            return;
        };
        let round_trip = self.options.fair.then(|| self.round_trip()).flatten();
        let due = round_trip.unwrap_or_default() / 2;
        let step = elapsed / SLEW;
        self.delay = due
            .min(MAX_DELAY)
            .clamp(self.delay.saturating_sub(step), self.delay + step);
        let obey = |state: &mut S, tick| {
            if let Some((_, controls)) = own.queue.iter().find(|(at, _)| *at == tick) {
                state.steer(own.slot, *controls);
            }
        };
        self.prediction.advance(
            (self.tick, &self.state),
            self.clock.tick(now + self.delay),
            obey,
            &mut self.notices,
        );
        self.health.corrections += u32::from(self.prediction.corrected().is_some());
        let tick = self.tick;
        if let Some(own) = &mut self.own {
            own.queue.retain(|(at, _)| *at >= tick);
        }
        let ahead = self.present().0.since(tick);
        self.health.lead = u32::try_from(ahead).unwrap_or(0);
    }

    /// Applies the inputs whose tick has come, at most one of each player: two late ones must not
    /// become one, or a short press of a button would be lost.
    fn take_inputs(&mut self, now: Duration, publish: &mut impl FnMut(Outgoing, &[u8])) {
        for slot in Slot::all() {
            let Some(controls) = self.take_input(slot) else {
                continue;
            };
            if self
                .state
                .controls(slot)
                .is_some_and(|held| held != controls)
            {
                if self.changes.is_full() {
                    self.publish_delta(now, publish);
                }
                self.state.steer(slot, controls);
                self.record(slot, Change::Steer(controls));
            }
        }
    }

    fn take_input(&mut self, slot: Slot) -> Option<S::Controls> {
        let tick = self.tick;
        if let Some(own) = self.own.as_ref().filter(|own| own.slot == slot) {
            let due = own.queue.iter().rev().find(|(at, _)| *at <= tick);
            return due.map(|(_, controls)| *controls);
        }
        let pilot = self.pilots[slot.index()].as_mut()?;
        pilot
            .queue
            .first()
            .filter(|(stamped, _)| stamped.tick <= tick)?;
        let (stamped, slack) = pilot.queue.pop_at(0)?;
        pilot.applied = Some((stamped.tick, slack));
        Some(stamped.controls)
    }

    fn publish_delta(&mut self, now: Duration, publish: &mut impl FnMut(Outgoing, &[u8])) {
        let checksum = self.state.checksum();
        self.history.record(self.tick, checksum);
        self.seq += 1;
        let mut acks = ArrayVec::new();
        for slot in Slot::all() {
            if let Some(pilot) = &mut self.pilots[slot.index()]
                && let Some((stamp, slack)) = pilot.applied.take()
            {
                let stamp = stamp.since(self.tick);
                let stamp = stamp.clamp(i64::from(i16::MIN), i64::from(i16::MAX)) as i16;
                acks.push(Ack { slot, stamp, slack });
            }
        }
        let mut delta = Delta {
            seq: self.seq,
            tick: self.tick,
            span: u8::try_from(self.tick.since(self.base)).unwrap_or(u8::MAX),
            changes: core::mem::take(&mut self.changes),
            acks,
            repeated: ArrayVec::new(),
            checksum: checksum.to_le_bytes(),
        };
        self.base = self.tick;
        self.last_delta = now;
        self.repeats.add_to(&mut delta);
        match self.payload.encode(&Downlink::Delta(delta)) {
            Ok(bytes) => publish(Outgoing::Delta, bytes),
            Err(_) => self.keyframe_wanted = true,
        }
    }

    fn publish_keyframe(&mut self, now: Duration, publish: &mut impl FnMut(Outgoing, &[u8])) {
        // A keyframe says "all deltas up to seq"; so nothing may be pending.
        if self.base != self.tick || !self.changes.is_empty() {
            self.publish_delta(now, publish);
        }
        let keyframe = Keyframe {
            epoch: self.epoch,
            seq: self.seq,
            tick: self.tick,
            state: &self.state,
        };
        if let Ok(bytes) = self.payload.encode(&keyframe) {
            publish(Outgoing::Keyframe, bytes);
        }
        self.keyframe_wanted = false;
        self.last_keyframe = Some(now);
    }
}
