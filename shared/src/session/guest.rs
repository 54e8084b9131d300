//! A follower: keeps the confirmed state by the host's deltas, and predicts the present.
//!
//! It never applies a delta to a wrong base: on a gap or a wrong checksum it plays on by
//! prediction until the next keyframe. When the match gets another host, the prediction goes on
//! from the old one's last word until the new one's first keyframe. It deliberately decides nothing
//! about hosts: whether a silent one is dead is the caller's business.

use core::time::Duration;
use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use crate::protocol::Epoch;
use crate::sim::{Simulation, Slot, TICK_RATE, Tick};
use crate::wire::{self, DecodeError, Delta, Downlink, Keyframe, Payload, Say, Uplink};

use super::clock::{Lead, duration_of, ticks_in};
use super::confirmed::Confirmed;
use super::inputs::{Inputs, Measured};
use super::prediction::Prediction;
use super::window::Window;
use super::{Health, History, Host, HostOptions, Notice, Outgoing};

/// Deltas that wait for one that is missing, or for a keyframe: three seconds' worth.
const MAX_WAITING: usize = 64;

/// How long a missing delta or a wrong checksum is borne before a keyframe is asked for, and
/// how long until it is asked for again; each client adds up to half of it, so that all do not ask
/// at once.
const ASK_AFTER: Duration = Duration::from_millis(300);

/// How much a client knows of the match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// Nothing yet.
    Waiting,
    /// A keyframe, and no delta after it yet.
    Joining,
    /// Everything up to the last delta.
    Live,
    /// Something was missed; what is shown is a prediction until the next keyframe.
    Lost,
}

/// A player or a spectator of one epoch of a match.
#[derive(Clone)]
pub struct Guest<S: Simulation> {
    epoch: Epoch,
    slot: Option<Slot>,
    clock: Lead,
    round_trips: Window<Duration>,
    now: Duration,
    sync: Sync,
    confirmed: Option<Confirmed<S>>,
    waiting: BTreeMap<u32, Delta<S::Controls>>,
    prediction: Prediction<S>,
    inputs: Inputs<S::Controls>,
    /// How many send inputs to the host.
    guests: usize,
    /// Of the latest deltas, in ticks.
    spans: Window<u8>,
    /// When the host was last heard, or else first listened for.
    heard: Duration,
    /// When the host's last will came, if nothing came after it.
    gone: Option<Duration>,
    out_of_sync_since: Duration,
    last_asked: Option<Duration>,
    jitter: Duration,
    history: History,
    notices: Vec<Notice<S::Event>>,
    health: Health,
    payload: Payload,
}

impl<S> Guest<S>
where
    S: Simulation + DeserializeOwned,
{
    /// Follows the host of `epoch`.
    ///
    /// `entropy` spreads the moments at which clients ask for a keyframe.
    #[must_use]
    pub fn new(epoch: Epoch, entropy: u64, now: Duration) -> Self {
        Self {
            epoch,
            slot: None,
            clock: Lead::default(),
            round_trips: Window::default(),
            now,
            sync: Sync::Waiting,
            confirmed: None,
            waiting: BTreeMap::new(),
            prediction: Prediction::default(),
            inputs: Inputs::default(),
            guests: 1,
            spans: Window::default(),
            heard: now,
            gone: None,
            out_of_sync_since: now,
            last_asked: None,
            jitter: ASK_AFTER / 2 * (entropy % 256) as u32 / 256,
            history: History::default(),
            notices: Vec::new(),
            health: Health::default(),
            payload: Payload::default(),
        }
    }

    /// Was the host of a match that has another one now: goes on from what it knew and showed.
    pub(super) fn deposed(
        epoch: Epoch,
        past: (Epoch, Tick, S),
        shown: (Tick, S),
        slot: Option<Slot>,
        entropy: u64,
        now: Duration,
    ) -> Self {
        let mut guest = Self::new(epoch, entropy, now);
        let (past_epoch, tick, state) = past;
        guest.clock = Lead::starting_at(now, shown.0);
        guest.prediction = Prediction::from_present(shown.0, shown.1);
        guest.confirmed = Some(Confirmed {
            epoch: past_epoch,
            seq: 0,
            tick,
            state,
        });
        guest.set_slot(slot);
        guest
    }

    /// Follows the host of `epoch` from now on; a no-op if it does so already.
    pub fn follow(&mut self, epoch: Epoch, now: Duration) {
        if epoch == self.epoch {
            return;
        }
        self.epoch = epoch;
        self.waiting.clear();
        self.clock.forget();
        self.round_trips = Window::default();
        self.sync = Sync::Waiting;
        self.out_of_sync_since = now;
        // It begins with a keyframe unasked.
        self.last_asked = Some(now);
        self.listen(now);
        self.inputs.repeat();
    }

    /// Begins to listen for the host anew: silence until now says nothing about it.
    pub const fn listen(&mut self, now: Duration) {
        self.heard = now;
        self.gone = None;
    }

    /// The link was down for a while: deltas may have been missed, and inputs lost.
    pub fn reconnected(&mut self, now: Duration) {
        if self
            .confirmed
            .as_ref()
            .is_some_and(|known| known.epoch == self.epoch)
        {
            self.sync = Sync::Joining;
        }
        self.out_of_sync_since = now;
        self.listen(now);
        self.inputs.repeat();
    }

    /// Becomes the host of `epoch`, from the present as it was predicted: for its own pilot, and
    /// nearly for all others, play goes on as if nothing had happened.
    ///
    /// # Errors
    /// Itself, if it knows no arena yet.
    pub fn into_host(
        mut self: Box<Self>,
        epoch: Epoch,
        options: HostOptions,
        now: Duration,
    ) -> Result<Host<S>, Box<Self>> {
        let Some((tick, state)) = self.prediction.take_present() else {
            return Err(self);
        };
        // Of its own epoch it may be host after all, after a restart: no number comes twice.
        let newest = self.waiting.keys().next_back().copied();
        let known = self.known().map(|confirmed| confirmed.seq);
        let seq = if epoch == self.epoch {
            newest.max(known).unwrap_or(0)
        } else {
            0
        };
        Ok(Host::resume(
            epoch, seq, tick, state, self.slot, options, now,
        ))
    }

    /// The own seat; a spectator has none.
    pub fn set_slot(&mut self, slot: Option<Slot>) {
        self.slot = slot;
        self.clock.set_piloting(slot.is_some());
    }

    /// How many send inputs to the host: they share what its connection has room for.
    pub fn set_guests(&mut self, guests: usize) {
        self.guests = guests;
        self.share_room();
    }

    fn share_room(&mut self) {
        // The mean: at the fastest paces deltas come in clusters, with pauses between.
        let spans = self.spans.iter();
        let (count, ticks) = (spans.len() as u32, spans.map(u32::from).sum::<u32>());
        let deltas = TICK_RATE * count / ticks.max(1);
        self.inputs.share_room(self.guests, deltas);
    }

    /// Takes a payload of the epoch's delta topic.
    ///
    /// # Errors
    /// If the bytes are no message of this version; nothing has changed then.
    pub fn receive_delta(&mut self, payload: &[u8], now: Duration) -> Result<(), DecodeError> {
        match wire::decode(payload).inspect_err(|_| self.health.rejected += 1)? {
            Downlink::Gone => self.gone = Some(now),
            Downlink::Delta(delta) => {
                self.heard = now;
                self.gone = None;
                self.health.last_delta = Some(now);
                self.clock.heard(now, delta.tick);
                let known = self.known().map(|confirmed| confirmed.seq);
                if known.is_none_or(|seq| delta.seq > seq) {
                    self.waiting.insert(delta.seq, delta);
                    if self.waiting.len() > MAX_WAITING {
                        self.waiting.pop_first();
                    }
                    self.apply_waiting(now);
                }
            }
        }
        Ok(())
    }

    /// Takes a payload of the epoch's keyframe topic.
    ///
    /// # Errors
    /// If the bytes are no message of this version; nothing has changed then.
    pub fn receive_keyframe(&mut self, payload: &[u8], now: Duration) -> Result<(), DecodeError> {
        let keyframe: Keyframe<S> =
            wire::decode(payload).inspect_err(|_| self.health.rejected += 1)?;
        let newer = self
            .known()
            .is_none_or(|confirmed| keyframe.seq > confirmed.seq);
        let needed = matches!(self.sync, Sync::Waiting | Sync::Lost | Sync::Joining);
        if keyframe.epoch == self.epoch && newer && needed {
            // A host that came back without its last deltas goes on from before them.
            self.history = History::default();
            self.history
                .record(keyframe.tick, keyframe.state.checksum());
            self.confirmed = Some(Confirmed {
                epoch: keyframe.epoch,
                seq: keyframe.seq,
                tick: keyframe.tick,
                state: keyframe.state,
            });
            self.sync = Sync::Joining;
            self.out_of_sync_since = now;
            self.prediction.invalidate();
            self.waiting = self.waiting.split_off(&keyframe.seq.saturating_add(1));
            self.apply_waiting(now);
        }
        Ok(())
    }

    /// Takes a payload of an earlier epoch's keyframe topic, for want of something newer: its host
    /// may have vanished before the present one, which holds no arena either, said a word.
    ///
    /// # Errors
    /// If the bytes are no message of this version; nothing has changed then.
    pub fn receive_past_keyframe(&mut self, payload: &[u8]) -> Result<(), DecodeError> {
        let keyframe: Keyframe<S> =
            wire::decode(payload).inspect_err(|_| self.health.rejected += 1)?;
        let newer = self.confirmed.as_ref().is_none_or(|confirmed| {
            (keyframe.epoch, keyframe.seq) > (confirmed.epoch, confirmed.seq)
        });
        if keyframe.epoch < self.epoch && newer {
            self.clock = Lead::starting_at(self.now, keyframe.tick);
            self.prediction = Prediction::default();
            self.confirmed = Some(Confirmed {
                epoch: keyframe.epoch,
                seq: keyframe.seq,
                tick: keyframe.tick,
                state: keyframe.state,
            });
        }
        Ok(())
    }

    /// Whether it has ever held an arena of the epoch that it follows.
    pub fn knows_epoch(&self) -> bool {
        self.known().is_some()
    }

    /// The confirmed state, if it is of the present epoch.
    fn known(&self) -> Option<&Confirmed<S>> {
        self.confirmed
            .as_ref()
            .filter(|confirmed| confirmed.epoch == self.epoch)
    }

    /// Applies the deltas that follow the confirmed state without a gap.
    fn apply_waiting(&mut self, now: Duration) {
        if matches!(self.sync, Sync::Waiting | Sync::Lost) {
            return;
        }
        while let Some(confirmed) = &mut self.confirmed {
            let known = confirmed.seq;
            let next = self.waiting.values().find(|delta| delta.follows(known));
            let next = next.map(|delta| delta.seq);
            let next = next.and_then(|seq| self.waiting.remove(&seq));
            let Some(delta) = next.and_then(|delta| delta.since(known)) else {
                break;
            };
            let base = delta.tick - u32::from(delta.span);
            if base == confirmed.tick && confirmed.apply(&delta, &mut self.notices) {
                self.history
                    .record(confirmed.tick, u32::from_le_bytes(delta.checksum));
                self.sync = Sync::Live;
                self.prediction.invalidate();
                self.waiting = self.waiting.split_off(&delta.seq);
                self.spans.push(delta.span);
                self.share_room();
                self.acknowledge(&delta, now);
            } else {
                self.lose(now);
                return;
            }
        }
        if self.confirmed.is_some() && !self.waiting.is_empty() && self.sync == Sync::Live {
            // A delta is missing. If it is only late it still fits, so the state is kept.
            self.sync = Sync::Joining;
            self.out_of_sync_since = now;
        }
    }

    /// The confirmed state can no longer be trusted.
    fn lose(&mut self, now: Duration) {
        self.sync = Sync::Lost;
        self.out_of_sync_since = now;
        self.health.resyncs += 1;
    }

    fn acknowledge(&mut self, delta: &Delta<S::Controls>, now: Duration) {
        let Some(ack) = delta.acks.iter().find(|ack| Some(ack.slot) == self.slot) else {
            return;
        };
        let stamp = i64::from(delta.tick.0) + i64::from(ack.stamp);
        let measured = self.inputs.acknowledged(stamp);
        self.health.slack = ack.slack;
        self.health.acknowledged += 1;
        if ack.slack < 0 {
            self.health.late_inputs += 1;
        }
        if let Some(Measured { sent, offset, held }) = measured {
            self.clock.acknowledged(offset, held, ack.slack);
            let arrival = stamp - i64::from(ack.slack);
            let kept = u32::try_from(i64::from(delta.tick.0) - arrival).unwrap_or(0);
            let sample = now.saturating_sub(sent).saturating_sub(duration_of(kept));
            self.round_trips.push(sample);
            self.health.round_trip = self.round_trips.median();
        }
    }

    /// The own pilot's controls from now on.
    pub fn steer(&mut self, controls: S::Controls) {
        if let (Some(_), Some((tick, _))) = (self.slot, self.prediction.present()) {
            let offset = self.clock.offset_of(self.now, tick);
            self.inputs.steer(controls, self.now, tick, offset);
        }
    }

    /// The payload with which the own pilot says something; `None` if it is longer than a payload.
    pub fn say(&mut self, say: Say) -> Option<&[u8]> {
        self.payload.encode(&Uplink::<S::Controls>::Say(say)).ok()
    }

    /// Moves on to `now`: predicts, and hands what is due for publication to `publish`.
    pub fn update(&mut self, now: Duration, mut publish: impl FnMut(Outgoing, &[u8])) {
        self.clock.advance(now.saturating_sub(self.now));
        self.now = now;
        self.predict(now);
        if self.slot.is_some() {
            self.send_input(now, &mut publish);
            self.ask_for_keyframe(now, &mut publish);
        }
        if self.sync == Sync::Joining
            && !self.waiting.is_empty()
            && now.saturating_sub(self.out_of_sync_since) > ASK_AFTER
        {
            self.lose(now);
        }
    }

    fn predict(&mut self, now: Duration) {
        let Some(confirmed) = &self.confirmed else {
            return;
        };
        let base = confirmed.tick;
        let (slot, inputs) = (self.slot, &self.inputs);
        let obey = |state: &mut S, tick| {
            // What came late the host obeys at once.
            let late = inputs.late(tick).filter(|_| tick == base);
            if let Some((slot, controls)) = slot.zip(inputs.at(tick).or(late)) {
                state.steer(slot, controls);
            }
        };
        self.prediction.advance(
            (base, &confirmed.state),
            self.clock.tick(now),
            obey,
            &mut self.notices,
        );
        self.health.corrections += u32::from(self.prediction.corrected().is_some());
        if let Some((tick, _)) = self.prediction.present() {
            self.health.lead = u32::try_from(tick.since(base)).unwrap_or(0);
        }
    }

    fn send_input(&mut self, now: Duration, publish: &mut impl FnMut(Outgoing, &[u8])) {
        let Some((tick, _)) = self.prediction.present() else {
            return;
        };
        let offset = self.clock.offset_of(now, tick);
        let round_trip = self.health.round_trip.map_or(0, ticks_in);
        if let Some(input) = self.inputs.due(now, tick, offset, round_trip)
            && let Ok(bytes) = self.payload.encode(&Uplink::Input(input))
        {
            publish(Outgoing::Uplink, bytes);
        }
    }

    fn ask_for_keyframe(&mut self, now: Duration, publish: &mut impl FnMut(Outgoing, &[u8])) {
        let patience = match self.sync {
            Sync::Live => return,
            // Nothing may come by itself before the host knows that somebody is there.
            Sync::Waiting if self.last_asked.is_none() => Duration::ZERO,
            _ => ASK_AFTER + self.jitter,
        };
        let since = self.last_asked.map_or(self.out_of_sync_since, |asked| {
            asked.max(self.out_of_sync_since)
        });
        let missing = self.sync != Sync::Joining || !self.waiting.is_empty();
        if missing && now.saturating_sub(since) >= patience {
            self.last_asked = Some(now);
            if let Ok(bytes) = self.payload.encode(&Uplink::<S::Controls>::WantKeyframe) {
                publish(Outgoing::Uplink, bytes);
            }
        }
    }

    /// How much it knows of the match; whoever is not [`Sync::Live`] needs the keyframe topic.
    pub const fn sync(&self) -> Sync {
        self.sync
    }

    /// The predicted present and its tick.
    pub fn predicted(&self) -> Option<(Tick, &S)> {
        self.prediction.present()
    }

    /// The confirmed past and its tick.
    pub fn confirmed(&self) -> Option<(Tick, &S)> {
        self.confirmed
            .as_ref()
            .map(|confirmed| (confirmed.tick, &confirmed.state))
    }

    /// If the last [`update`](Self::update) changed what had been predicted: what had been
    /// predicted for the tick at which that update began.
    pub const fn corrected(&self) -> Option<&S> {
        self.prediction.corrected()
    }

    /// How much of the predicted tick has passed, `0..1`.
    pub fn fraction(&self, now: Duration) -> f32 {
        self.prediction
            .present()
            .map_or(0.0, |(tick, _)| self.clock.fraction(now, tick))
    }

    /// For how long the host has not been heard, or listened for in vain.
    #[must_use]
    pub const fn silence(&self, now: Duration) -> Duration {
        now.saturating_sub(self.heard)
    }

    /// How long ago the host's last will came, unless the host has been heard since: one that
    /// came back at once leaves an old connection's will behind.
    #[must_use]
    pub fn gone_for(&self, now: Duration) -> Option<Duration> {
        self.gone.map(|since| now.saturating_sub(since))
    }

    /// The epoch that it follows.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The checksums that it confirmed.
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// What happened since this was last asked.
    pub fn drain_notices(&mut self) -> impl Iterator<Item = Notice<S::Event>> + '_ {
        self.notices.drain(..)
    }

    /// How well it runs.
    pub const fn health(&self) -> Health {
        self.health
    }
}
