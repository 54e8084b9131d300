//! The session of a player or spectator: keeps the confirmed state by the host's deltas, and
//! predicts the present.
//!
//! A delta is never applied to a wrong base: after a gap or a wrong checksum the guest continues by
//! prediction until the next keyframe. When the match gets another host, the prediction continues
//! from the old host's last delta until the new one's first keyframe.
//!
//! Non-goals: host liveness. [`Guest::silence`] and [`Guest::gone_for`] measure it; the caller
//! decides.

mod receive;

use core::time::Duration;
use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use crate::simulation::assert_limits;
use crate::wire::{KeyframeParts, Payload, TooLong, message_length};
use crate::{DeltaOf, Epoch, Simulation, Slot, Tick, UplinkOf};

use super::clock::Lead;
use super::confirmed::Confirmed;
use super::inputs::Inputs;
use super::prediction::Prediction;
use super::rate::Rate;
use super::window::Window;
use super::{Health, History, Host, HostOptions, NoticeOf, Outgoing};

/// How long a guest waits after a missing delta or a wrong checksum before it requests a keyframe,
/// and between two requests. Each client adds up to half of it, so that they do not all ask at
/// once.
const ASK_AFTER: Duration = Duration::from_millis(300);

/// How well a guest is synchronised with its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// Nothing yet.
    Waiting,
    /// A keyframe, and no delta after it yet.
    Joining,
    /// The state after the last delta.
    Live,
    /// A delta was missed or did not apply; the present is a prediction until the next keyframe.
    Lost,
}

/// The session of a player or a spectator.
#[derive(Clone)]
pub struct Guest<S: Simulation> {
    epoch: Epoch,
    slot: Option<Slot>,
    clock: Lead,
    round_trips: Window<Duration>,
    now: Duration,
    sync: Sync,
    confirmed: Option<Confirmed<S>>,
    waiting: BTreeMap<u32, DeltaOf<S>>,
    parts: KeyframeParts,
    prediction: Prediction<S>,
    inputs: Inputs<S::Controls>,
    /// The number of clients that send inputs to the host.
    guests: usize,
    /// Of the latest deltas, in ticks.
    spans: Window<u8>,
    /// When the host was last heard, or else when listening began.
    heard: Duration,
    /// When the host's last will arrived, if no delta arrived after it.
    gone: Option<Duration>,
    out_of_sync_since: Duration,
    last_asked: Option<Duration>,
    jitter: Duration,
    history: History,
    notices: Vec<NoticeOf<S>>,
    health: Health,
    payload: Payload,
}

impl<S> Guest<S>
where
    S: Simulation + DeserializeOwned,
{
    /// A guest of the host of `epoch`.
    ///
    /// `jitter_seed` spreads the moments at which clients request a keyframe.
    #[must_use]
    pub fn new(epoch: Epoch, jitter_seed: u64, now: Duration) -> Self {
        assert_limits::<S>();
        Self {
            epoch,
            slot: None,
            clock: Lead::new(Rate::of::<S>()),
            round_trips: Window::default(),
            now,
            sync: Sync::Waiting,
            confirmed: None,
            waiting: BTreeMap::new(),
            parts: KeyframeParts::default(),
            prediction: Prediction::default(),
            inputs: Inputs::default(),
            guests: 1,
            spans: Window::default(),
            heard: now,
            gone: None,
            out_of_sync_since: now,
            last_asked: None,
            jitter: ASK_AFTER / 2 * (jitter_seed % 256) as u32 / 256,
            history: History::default(),
            notices: Vec::new(),
            health: Health::default(),
            payload: Payload::with_limit(S::MAX_PAYLOAD),
        }
    }

    /// A guest that was the host of `past.0` until now: continues from its state `past` and from
    /// what it showed, `shown`.
    pub(super) fn from_host(
        epoch: Epoch,
        past: (Epoch, Tick, S),
        shown: (Tick, S),
        slot: Option<Slot>,
        jitter_seed: u64,
        now: Duration,
    ) -> Self {
        let mut guest = Self::new(epoch, jitter_seed, now);
        let (past_epoch, tick, state) = past;
        guest.clock = Lead::starting_at(Rate::of::<S>(), now, shown.0);
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

    /// Follows the host of `epoch` from now on; without effect if it does so already.
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
        // The new host publishes a keyframe without being asked.
        self.last_asked = Some(now);
        self.listen(now);
        self.inputs.repeat();
    }

    /// Restarts the measurement of the host's silence.
    pub const fn listen(&mut self, now: Duration) {
        self.heard = now;
        self.gone = None;
    }

    /// Notes that the link was down: deltas may have been missed, and inputs lost.
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

    /// The host of `epoch` that this guest becomes, from the present as it was predicted: the local
    /// player sees no correction, and the others hardly any. `None` if the guest has no state yet.
    pub fn become_host(
        &mut self,
        epoch: Epoch,
        options: HostOptions,
        now: Duration,
    ) -> Option<Host<S>> {
        let (tick, state) = self.prediction.take_present()?;
        // After a restart it may become the host of an epoch that it has heard: no sequence number
        // may be used twice.
        let newest = self.waiting.keys().next_back().copied();
        let known = self.known().map(|confirmed| confirmed.seq);
        let seq = if epoch == self.epoch {
            newest.max(known).unwrap_or(0)
        } else {
            0
        };
        Some(Host::resume(
            epoch, seq, tick, state, self.slot, options, now,
        ))
    }

    /// Sets the local player's seat; a spectator has none.
    ///
    /// A seat that the game does not have counts as none.
    pub fn set_slot(&mut self, slot: Option<Slot>) {
        let slot = slot.filter(|slot| slot.index() < S::SEATS);
        self.slot = slot;
        self.clock.set_piloting(slot.is_some());
    }

    /// Sets the number of clients that send inputs to the host: they share the capacity of its
    /// connection.
    pub fn set_guests(&mut self, guests: usize) {
        self.guests = guests;
        self.set_share();
    }

    fn set_share(&mut self) {
        // The mean, not the median: at the fastest paces deltas arrive in clusters.
        let spans = self.spans.iter();
        let (count, ticks) = (spans.len() as u32, spans.map(u32::from).sum::<u32>());
        let deltas = S::TICK_RATE * count / ticks.max(1);
        self.inputs.set_share(self.guests, deltas);
    }

    /// Sets the local player's controls from now on.
    pub fn steer(&mut self, controls: S::Controls) {
        if let (Some(_), Some((tick, _))) = (self.slot, self.prediction.present()) {
            let offset = self.clock.offset_of(self.now, tick);
            self.inputs.steer(controls, self.now, tick, offset);
        }
    }

    /// The payload that sends a message of the local player to the host.
    ///
    /// # Errors
    /// If the message is longer than [`MAX_MESSAGE`](crate::wire::MAX_MESSAGE).
    pub fn message(&mut self, message: S::Message) -> Result<&[u8], TooLong> {
        message_length(&message).ok_or(TooLong)?;
        self.payload.encode(&UplinkOf::<S>::Message(message))
    }

    /// Advances to `now`: predicts, and passes the payloads that are due to `publish`.
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
        let apply = |state: &mut S, tick| {
            // The host applies a late input at once.
            let late = inputs.late(tick).filter(|_| tick == base);
            if let Some((slot, controls)) = slot.zip(inputs.at(tick).or(late)) {
                state.steer(slot, controls);
            }
        };
        self.prediction.advance(
            (base, &confirmed.state),
            self.clock.tick(now),
            apply,
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
        let round_trip = self
            .health
            .round_trip
            .map_or(0, |time| Rate::of::<S>().ticks_in(time));
        if let Some(input) = self.inputs.due(now, tick, offset, round_trip)
            && let Ok(bytes) = self.payload.encode(&UplinkOf::<S>::Input(input))
        {
            publish(Outgoing::Uplink, bytes);
        }
    }

    fn ask_for_keyframe(&mut self, now: Duration, publish: &mut impl FnMut(Outgoing, &[u8])) {
        let patience = match self.sync {
            Sync::Live => return,
            // The host may publish nothing before it knows of a guest.
            Sync::Waiting if self.last_asked.is_none() => Duration::ZERO,
            _ => ASK_AFTER + self.jitter,
        };
        let since = self.last_asked.map_or(self.out_of_sync_since, |asked| {
            asked.max(self.out_of_sync_since)
        });
        let missing = self.sync != Sync::Joining || !self.waiting.is_empty();
        if missing && now.saturating_sub(since) >= patience {
            self.last_asked = Some(now);
            if let Ok(bytes) = self.payload.encode(&UplinkOf::<S>::WantKeyframe) {
                publish(Outgoing::Uplink, bytes);
            }
        }
    }

    /// How well it is synchronised; unless [`Sync::Live`], it needs the keyframe topic.
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

    /// The state that had been predicted for the tick at which the last [`update`](Self::update)
    /// began, if that update changed it.
    pub const fn corrected(&self) -> Option<&S> {
        self.prediction.corrected()
    }

    /// The elapsed fraction of the predicted tick, `0..1`.
    pub fn fraction(&self, now: Duration) -> f32 {
        self.prediction
            .present()
            .map_or(0.0, |(tick, _)| self.clock.fraction(now, tick))
    }

    /// The time since the host was last heard, or since listening began.
    #[must_use]
    pub const fn silence(&self, now: Duration) -> Duration {
        now.saturating_sub(self.heard)
    }

    /// The time since the host's last will, unless the host has been heard since: a host that
    /// reconnects at once leaves the will of its old connection.
    #[must_use]
    pub fn gone_for(&self, now: Duration) -> Option<Duration> {
        self.gone.map(|since| now.saturating_sub(since))
    }

    /// The epoch that the guest follows.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The checksums of its confirmed states.
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// Removes and returns the notices since the last call.
    pub fn drain_notices(&mut self) -> impl Iterator<Item = NoticeOf<S>> + '_ {
        self.notices.drain(..)
    }

    /// Measurements of this session.
    pub const fn health(&self) -> Health {
        self.health
    }
}
