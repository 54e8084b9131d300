//! The messages of a match and their binary encoding.
//!
//! A payload is one version byte and one [bincode] message, at most [`Simulation::MAX_PAYLOAD`]
//! bytes; anything else is a [`DecodeError`], whatever the bytes. A keyframe that is longer travels
//! in [parts](KeyframeParts). All uses of bincode are in this module, so that it can be replaced in
//! one place.
//!
//! Non-goals: topics and transport. Which message belongs on which topic is decided by the user of
//! the sessions.
//!
//! [bincode]: https://docs.rs/bincode/2.0.1/bincode/
//! [`Simulation::MAX_PAYLOAD`]: crate::Simulation::MAX_PAYLOAD

mod digest;
mod message;
mod parts;

pub use digest::digest;
pub use message::{
    Ack, Change, Delta, Downlink, Gone, Input, Keyframe, MAX_ACKS, MAX_CHANGES, MAX_INPUTS,
    MAX_REPEATS, Repeated, Stamped, Timed, Uplink,
};
pub use parts::{KeyframeParts, MAX_PARTS, split_keyframe};

use serde::{Serialize, de::DeserializeOwned};

/// The first byte of every payload that is a whole message; other versions are refused.
pub const VERSION: u8 = 1;

/// The default limit of a payload, in bytes: within one metered unit of AWS IoT Core.
pub const MAX_PAYLOAD: usize = 4096;

/// The largest limit that a game can choose for its payloads, in bytes.
pub const PAYLOAD_LIMIT: usize = 64 * 1024;

/// The largest encoding of a game's [`Message`](crate::Simulation::Message), in bytes.
pub const MAX_MESSAGE: usize = 96;

/// The largest encoded keyframe, in bytes, however many parts it travels in.
pub const MAX_STATE: usize = MAX_PARTS * PAYLOAD_LIMIT;

const CONFIG: bincode::config::Configuration<
    bincode::config::LittleEndian,
    bincode::config::Varint,
    bincode::config::Limit<MAX_STATE>,
> = bincode::config::standard().with_limit::<MAX_STATE>();

/// Why bytes are not a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Longer than the limit.
    #[error("the payload of {0} bytes is longer than allowed")]
    TooLong(usize),
    /// Another version of the encoding, or another protocol.
    #[error("the payload has version {0}, not {VERSION}")]
    Version(u8),
    /// Truncated, out of range or not of the expected type.
    #[error("the payload is malformed")]
    Malformed,
    /// A message followed by more bytes.
    #[error("the payload has {0} bytes too many")]
    Trailing(usize),
}

/// The message does not fit into a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message does not fit into a payload")]
pub struct TooLong;

/// A buffer for one payload; reuse it to encode without allocating.
#[derive(Clone)]
pub struct Payload {
    bytes: Box<[u8]>,
}

impl Default for Payload {
    fn default() -> Self {
        Self::with_limit(MAX_PAYLOAD)
    }
}

impl Payload {
    /// A buffer for payloads of at most `limit` bytes.
    #[must_use]
    pub fn with_limit(limit: usize) -> Self {
        Self {
            bytes: vec![VERSION; limit.clamp(1, MAX_STATE)].into(),
        }
    }

    /// Encodes `message` into the buffer and returns its bytes.
    ///
    /// # Errors
    /// If the message is longer than the buffer.
    pub fn encode<M: Serialize>(&mut self, message: &M) -> Result<&[u8], TooLong> {
        self.bytes[0] = VERSION;
        let length = bincode::serde::encode_into_slice(message, &mut self.bytes[1..], CONFIG)
            .map_err(|_| TooLong)?;
        Ok(&self.bytes[..=length])
    }
}

/// The payload of `message`.
///
/// # Errors
/// If it would be longer than [`MAX_PAYLOAD`].
pub fn encode<M: Serialize>(message: &M) -> Result<Vec<u8>, TooLong> {
    Payload::default().encode(message).map(<[u8]>::to_vec)
}

/// The message in a payload of at most [`MAX_PAYLOAD`] bytes.
///
/// # Errors
/// If the payload is anything but one whole message of this version.
pub fn decode<M: DeserializeOwned>(payload: &[u8]) -> Result<M, DecodeError> {
    decode_within(payload, MAX_PAYLOAD)
}

/// The message in a payload of at most `limit` bytes.
///
/// # Errors
/// If the payload is anything but one whole message of this version.
pub fn decode_within<M: DeserializeOwned>(payload: &[u8], limit: usize) -> Result<M, DecodeError> {
    if payload.len() > limit {
        return Err(DecodeError::TooLong(payload.len()));
    }
    let (&version, body) = payload.split_first().ok_or(DecodeError::Malformed)?;
    if version != VERSION {
        return Err(DecodeError::Version(version));
    }
    let (message, read) =
        bincode::serde::decode_from_slice(body, CONFIG).map_err(|_| DecodeError::Malformed)?;
    match body.len() - read {
        0 => Ok(message),
        trailing => Err(DecodeError::Trailing(trailing)),
    }
}

/// The length of a message's encoding, in bytes, without the version byte; `None` if it is longer
/// than [`MAX_MESSAGE`].
pub(crate) fn message_length<M: Serialize>(message: &M) -> Option<usize> {
    bincode::serde::encode_into_slice(message, &mut [0; MAX_MESSAGE], CONFIG).ok()
}
