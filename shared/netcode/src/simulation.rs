//! What the netcode requires of a game: the [`Simulation`] trait.
//!
//! Non-goals: rendering, input devices and player names; a simulation has seats and ticks only.

use core::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Slot;
use crate::wire::MAX_PAYLOAD;

/// A deterministic game.
///
/// The players' decisions ([`join`](Self::join), [`leave`](Self::leave), [`steer`](Self::steer)) are
/// applied between two steps; everything else happens in [`step`](Self::step).
/// Equal states must have equal next states and equal checksums on every target.
///
/// Decisions come from the network, so none may panic. The netcode only passes slots below
/// [`SEATS`](Self::SEATS), but controls and the state itself are decoded from remote bytes:
/// validate them in their `Deserialize` implementations.
pub trait Simulation: Clone {
    /// Steps per second.
    const TICK_RATE: u32;

    /// Seats of one match, `1..=`[`MAX_SEATS`](crate::MAX_SEATS).
    const SEATS: usize;

    /// The version of the rules. Increase it whenever the same inputs lead to another state:
    /// clients of different versions must not meet in a match.
    const RULES_VERSION: u32;

    /// The largest payload that is published, in bytes,
    /// `512..=`[`PAYLOAD_LIMIT`](crate::wire::PAYLOAD_LIMIT).
    ///
    /// The default is within one metered unit of AWS IoT Core. Keyframes of larger states travel in
    /// up to [`MAX_PARTS`](crate::wire::MAX_PARTS) payloads.
    const MAX_PAYLOAD: usize = MAX_PAYLOAD;

    /// What one player's input device does; held until it changes.
    type Controls: Copy + Default + PartialEq + fmt::Debug + Serialize + DeserializeOwned;

    /// What players send to each other: chat, emotes, pings. The log carries it in order, and it is
    /// not part of the state. At most [`MAX_MESSAGE`](crate::wire::MAX_MESSAGE) bytes when encoded.
    type Message: Clone + PartialEq + fmt::Debug + Serialize + DeserializeOwned;

    /// Something that happened in a step, to be shown or played as a sound.
    type Event: Clone;

    /// A player takes the seat, from a bot if there is one.
    fn join(&mut self, slot: Slot);

    /// The player in the seat leaves for good.
    fn leave(&mut self, slot: Slot);

    /// The player in the seat holds these controls from now on. Without effect if the seat is empty.
    fn steer(&mut self, slot: Slot, controls: Self::Controls);

    /// The controls that the player in the seat holds; `None` if the seat is empty or has a bot.
    fn controls(&self, slot: Slot) -> Option<Self::Controls>;

    /// Advances the state by one tick and passes what happened to `emit`.
    fn step(&mut self, emit: impl FnMut(Self::Event));

    /// A digest of the whole state, equal on every target for equal states, for example
    /// [`digest`](crate::wire::digest).
    fn checksum(&self) -> u32;

    /// Every seat of a match, in order.
    fn slots() -> impl Iterator<Item = Slot> {
        Slot::first(Self::SEATS)
    }
}

/// Fails to compile if a game's constants are out of range.
pub(crate) const fn assert_limits<S: Simulation>() {
    const {
        assert!(S::TICK_RATE >= 1 && S::TICK_RATE <= 1_000);
        assert!(S::SEATS >= 1 && S::SEATS <= crate::MAX_SEATS);
        assert!(S::MAX_PAYLOAD >= 512 && S::MAX_PAYLOAD <= crate::wire::PAYLOAD_LIMIT);
    }
}
