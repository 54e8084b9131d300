//! The wire floor: bincode encodings of everything that is published on a match's topics.
//!
//! Every use of bincode sits here, so that a successor crate is a one-file change.
//! A payload is one version byte and one message, at most [`MAX_PAYLOAD`] bytes; what does not
//! decode to exactly that is an error, whatever the bytes. It deliberately knows no topic: which
//! message belongs where is the session's business.

mod line;
mod message;

pub use line::{InvalidLine, Line};
pub use message::{
    Ack, Announcement, Change, Delta, Downlink, Emote, Gone, Input, Keyframe, Lobby, MAX_ACKS,
    MAX_CHANGES, MAX_HEADLINE, MAX_INPUTS, MAX_NEWS, MAX_OPEN_MATCHES, MAX_REPEATS, MAX_TEXT,
    Repeated, Roster, Say, Seat, Stamped, Timed, Uplink,
};

use serde::{Serialize, de::DeserializeOwned};

/// The first byte of every payload; another version's messages are not understood.
pub const VERSION: u8 = 1;

/// The longest payload, in bytes: within one metered unit of AWS IoT Core.
pub const MAX_PAYLOAD: usize = 4096;

const CONFIG: bincode::config::Configuration<
    bincode::config::LittleEndian,
    bincode::config::Varint,
    bincode::config::Limit<MAX_PAYLOAD>,
> = bincode::config::standard().with_limit::<MAX_PAYLOAD>();

/// Why bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Longer than [`MAX_PAYLOAD`].
    #[error("the payload has {0} bytes, more than {MAX_PAYLOAD}")]
    TooLong(usize),
    /// Another version of the protocol, or no message of ours at all.
    #[error("the payload is of version {0}, not {VERSION}")]
    Version(u8),
    /// Truncated, out of range or not of this type.
    #[error("the payload is malformed")]
    Malformed,
    /// A message and then more bytes.
    #[error("the payload has {0} bytes too many")]
    Trailing(usize),
}

/// The message is longer than [`MAX_PAYLOAD`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message does not fit {MAX_PAYLOAD} bytes")]
pub struct TooLong;

/// A buffer that holds one payload; reuse it to encode without allocating.
#[derive(Clone)]
pub struct Payload {
    bytes: Box<[u8; MAX_PAYLOAD]>,
}

impl Default for Payload {
    fn default() -> Self {
        Self {
            bytes: Box::new([VERSION; MAX_PAYLOAD]),
        }
    }
}

impl Payload {
    /// Encodes `message` into the buffer and returns its bytes.
    ///
    /// # Errors
    /// If the message is longer than [`MAX_PAYLOAD`].
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
/// If the message is longer than [`MAX_PAYLOAD`].
pub fn encode<M: Serialize>(message: &M) -> Result<Vec<u8>, TooLong> {
    Payload::default().encode(message).map(<[u8]>::to_vec)
}

/// The message in `payload`.
///
/// # Errors
/// If the payload is anything but one whole message of this version.
pub fn decode<M: DeserializeOwned>(payload: &[u8]) -> Result<M, DecodeError> {
    if payload.len() > MAX_PAYLOAD {
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
