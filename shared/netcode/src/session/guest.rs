//! The session of a player or spectator: advances the confirmed state by the host's deltas, and
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

use super::clock::GuestClock;
use super::confirmed::Confirmed;
use super::inputs::Inputs;
use super::prediction::Prediction;
use super::rate::Rate;
use super::window::Window;
use super::{Health, History, NoticeOf, Outgoing};

/// How long a guest waits after a missing delta or a wrong checksum before it requests a keyframe,
/// and between two requests. Each client adds up to half of it, so that not all request at the same
/// moment.
const REQUEST_AFTER: Duration = Duration::from_millis(300);

/// How well a guest is synchronised with its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// It has no keyframe of this epoch.
    Waiting,
    /// It has a keyframe, and no delta after it yet; or a delta is missing and may still arrive.
    Joining,
    /// Its confirmed state is the one after the last delta.
    Live,
    /// A delta was missed or did not apply; the present is a prediction until the next keyframe.
    Lost,
}

/// The session of a player or a spectator.
#[derive(Clone)]
pub struct Guest<S: Simulation> {
    epoch: Epoch,
    slot: Option<Slot>,
    clock: GuestClock,
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
    /// When the last delta arrived, or else when listening began.
    heard: Duration,
    /// When the host's last will arrived, if no delta arrived after it.
    gone: Option<Duration>,
    out_of_sync_since: Duration,
    last_request: Option<Duration>,
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
            clock: GuestClock::new(Rate::of::<S>()),
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
            last_request: None,
            jitter: REQUEST_AFTER / 2 * (jitter_seed % 256) as u32 / 256,
            history: History::default(),
            notices: Vec::new(),
            health: Health::default(),
            payload: Payload::with_limit(S::MAX_PAYLOAD),
        }
    }

    /// A guest that was the host of the epoch `past.0` until now: continues from its state `past`,
    /// and from the present `shown` that its player saw.
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
        guest.clock = GuestClock::starting_at(Rate::of::<S>(), now, shown.0);
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
        // The new host publishes a keyframe without a request.
        self.last_request = Some(now);
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

    /// Takes the predicted present out, with its tick; `None` if the guest has no state yet.
    pub(super) fn take_present(&mut self) -> Option<(Tick, S)> {
        self.prediction.take_present()
    }

    /// The largest sequence number of `epoch` that the guest has received; 0 if it has none.
    pub(super) fn last_seq(&self, epoch: Epoch) -> u32 {
        if epoch != self.epoch {
            return 0;
        }
        let waiting = self.waiting.keys().next_back().copied();
        let applied = self.known().map(|confirmed| confirmed.seq);
        waiting.max(applied).unwrap_or(0)
    }

    /// The local player's seat.
    pub(super) const fn slot(&self) -> Option<Slot> {
        self.slot
    }

    /// Sets the local player's seat; a spectator has none.
    ///
    /// A seat that the game does not have counts as none.
    pub fn set_slot(&mut self, slot: Option<Slot>) {
        let slot = slot.filter(|slot| slot.index() < S::SEATS);
        self.slot = slot;
        self.clock.set_sending(slot.is_some());
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
            self.request_keyframe(now, &mut publish);
        }
        if self.sync == Sync::Joining
            && !self.waiting.is_empty()
            && now.saturating_sub(self.out_of_sync_since) > REQUEST_AFTER
        {
            self.mark_lost(now);
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

    fn request_keyframe(&mut self, now: Duration, publish: &mut impl FnMut(Outgoing, &[u8])) {
        let patience = match self.sync {
            Sync::Live => return,
            // The host may publish nothing before it knows of a guest.
            Sync::Waiting if self.last_request.is_none() => Duration::ZERO,
            _ => REQUEST_AFTER + self.jitter,
        };
        let since = self.last_request.map_or(self.out_of_sync_since, |request| {
            request.max(self.out_of_sync_since)
        });
        let missing = self.sync != Sync::Joining || !self.waiting.is_empty();
        if missing && now.saturating_sub(since) >= patience {
            self.last_request = Some(now);
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

    /// The time since the last delta, or since listening began.
    #[must_use]
    pub const fn silence(&self, now: Duration) -> Duration {
        now.saturating_sub(self.heard)
    }

    /// The time since the host's last will arrived; `None` if it has not, or if a delta arrived after
    /// it: a host that reconnects at once leaves the will of its old connection.
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
