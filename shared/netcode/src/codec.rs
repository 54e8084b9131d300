//! The messages of one game, decoded within that game's limits.
//!
//! Non-goals: the encoding; see [`wire`].

use crate::wire::{self, Change, DecodeError, Delta, Downlink, MAX_PARTS, Uplink};
use crate::{Simulation, Slot};

/// A game's [`Delta`].
pub type DeltaOf<S> = Delta<<S as Simulation>::Controls, <S as Simulation>::Message>;

/// A game's [`Change`].
pub type ChangeOf<S> = Change<<S as Simulation>::Controls, <S as Simulation>::Message>;

/// A game's [`Downlink`].
pub type DownlinkOf<S> = Downlink<<S as Simulation>::Controls, <S as Simulation>::Message>;

/// A game's [`Uplink`].
pub type UplinkOf<S> = Uplink<<S as Simulation>::Controls, <S as Simulation>::Message>;

/// The most bytes of a game's encoded state: those of [`MAX_PARTS`] payloads.
#[must_use]
pub const fn max_state<S: Simulation>() -> usize {
    MAX_PARTS * S::MAX_PAYLOAD
}

/// The message in a payload of a delta topic.
///
/// # Errors
/// If the payload is not a message of this version, or names a seat that the game does not have.
pub fn decode_downlink<S: Simulation>(payload: &[u8]) -> Result<DownlinkOf<S>, DecodeError> {
    let message: DownlinkOf<S> = wire::decode_within(payload, S::MAX_PAYLOAD)?;
    if let Downlink::Delta(delta) = &message {
        let exists = |slot: Slot| slot.index() < S::SEATS;
        let changes = delta.changes.iter().map(|timed| timed.slot);
        let acks = delta.acks.iter().map(|ack| ack.slot);
        if !changes.chain(acks).all(exists) {
            return Err(DecodeError::Malformed);
        }
    }
    Ok(message)
}

/// The message in a payload of an input topic.
///
/// # Errors
/// If the payload is not a message of this version.
pub fn decode_uplink<S: Simulation>(payload: &[u8]) -> Result<UplinkOf<S>, DecodeError> {
    wire::decode_within(payload, S::MAX_PAYLOAD)
}
