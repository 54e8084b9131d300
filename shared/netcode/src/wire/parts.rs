//! Keyframes that are longer than one payload.
//!
//! A part is the byte [`PART`], a header and the part's share of the encoded keyframe. Parts of one
//! keyframe may arrive in any order; a part of another keyframe replaces those collected so far.
//!
//! Non-goals: retransmission. Parts are not retained by the broker; a guest that lacks one requests
//! the next keyframe.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{CONFIG, DecodeError, Keyframe, MAX_STATE, TooLong, decode_within};
use crate::Epoch;

/// The most parts of one keyframe.
pub const MAX_PARTS: usize = 16;

/// The first byte of a part, in place of [`VERSION`](super::VERSION).
const PART: u8 = 2;

/// The most bytes before a part's share of the keyframe.
const OVERHEAD: usize = 13;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Header {
    epoch: Epoch,
    /// The keyframe's number, by which the parts of two keyframes are distinguished.
    seq: u32,
    index: u8,
    /// `2..=MAX_PARTS`.
    count: u8,
}

/// Cuts an encoded keyframe of the `seq`th delta of `epoch` into payloads of at most `limit` bytes.
///
/// # Errors
/// If it takes more than [`MAX_PARTS`] payloads.
pub fn split_keyframe(
    encoded: &[u8],
    epoch: Epoch,
    seq: u32,
    limit: usize,
) -> Result<Vec<Vec<u8>>, TooLong> {
    let share = limit.saturating_sub(OVERHEAD).max(1);
    let count = encoded.len().div_ceil(share);
    if count > MAX_PARTS {
        return Err(TooLong);
    }
    let part = |(index, bytes): (usize, &[u8])| {
        let header = Header {
            epoch,
            seq,
            index: index as u8,
            count: count as u8,
        };
        let mut payload = vec![PART; OVERHEAD];
        let length = bincode::serde::encode_into_slice(header, &mut payload[1..], CONFIG)
            .map_err(|_| TooLong)?;
        payload.truncate(1 + length);
        payload.extend_from_slice(bytes);
        Ok(payload)
    };
    encoded.chunks(share).enumerate().map(part).collect()
}

/// Collects the parts of a keyframe.
///
/// Holds at most [`MAX_PARTS`] payloads of one keyframe.
#[derive(Clone, Debug, Default)]
pub struct KeyframeParts {
    header: Option<Header>,
    parts: [Option<Vec<u8>>; MAX_PARTS],
}

impl KeyframeParts {
    /// The keyframe in a payload of at most `limit` bytes, or that the payload completes; `None`
    /// while parts are missing.
    ///
    /// # Errors
    /// If the payload is neither a keyframe nor a part of one, or the parts together are not a
    /// keyframe.
    pub fn decode<S: DeserializeOwned>(
        &mut self,
        payload: &[u8],
        limit: usize,
    ) -> Result<Option<Keyframe<S>>, DecodeError> {
        if payload.first() != Some(&PART) {
            return decode_within(payload, limit).map(Some);
        }
        if payload.len() > limit {
            return Err(DecodeError::TooLong(payload.len()));
        }
        let body = &payload[1..];
        let (header, read): (Header, usize) =
            bincode::serde::decode_from_slice(body, CONFIG).map_err(|_| DecodeError::Malformed)?;
        let (index, count) = (usize::from(header.index), usize::from(header.count));
        if index >= count || count > MAX_PARTS {
            return Err(DecodeError::Malformed);
        }
        let first = Header { index: 0, ..header };
        if self.header != Some(first) {
            *self = Self {
                header: Some(first),
                ..Self::default()
            };
        }
        self.parts[index] = Some(body[read..].to_vec());
        if self.parts[..count].iter().any(Option::is_none) {
            return Ok(None);
        }
        let encoded = core::mem::take(self).parts.into_iter().flatten().flatten();
        decode_within(&encoded.collect::<Vec<u8>>(), MAX_STATE).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tick;
    use crate::wire::Payload;

    fn keyframe(seq: u32, length: usize) -> Keyframe<Vec<u16>> {
        Keyframe {
            epoch: Epoch(3),
            seq,
            tick: Tick(900),
            state: (0..length as u16).collect(),
        }
    }

    fn parts(keyframe: &Keyframe<Vec<u16>>, limit: usize) -> Vec<Vec<u8>> {
        let mut buffer = Payload::with_limit(MAX_STATE);
        let encoded = buffer.encode(keyframe).unwrap();
        split_keyframe(encoded, keyframe.epoch, keyframe.seq, limit).unwrap()
    }

    #[test]
    fn parts_in_any_order_give_the_keyframe() {
        let sent = keyframe(7, 2_000);
        let mut parts = parts(&sent, 512);
        assert!(parts.len() > 2);
        assert!(parts.iter().all(|part| part.len() <= 512));
        parts.reverse();
        let (last, others) = parts.split_last().unwrap();
        let mut collected = KeyframeParts::default();
        for part in others {
            assert_eq!(collected.decode::<Vec<u16>>(part, 512), Ok(None));
        }
        assert_eq!(collected.decode(last, 512), Ok(Some(sent)));
    }

    #[test]
    fn parts_of_two_keyframes_do_not_mix() {
        let (old, new) = (keyframe(7, 2_000), keyframe(8, 2_000));
        let (old, new_parts) = (parts(&old, 2_048), parts(&new, 2_048));
        let mut collected = KeyframeParts::default();
        assert_eq!(collected.decode::<Vec<u16>>(&old[0], 2_048), Ok(None));
        let mut last = None;
        for part in &new_parts {
            last = collected.decode(part, 2_048).unwrap();
        }
        assert_eq!(last, Some(new));
    }

    #[test]
    fn a_keyframe_of_too_many_parts_is_refused() {
        let mut buffer = Payload::with_limit(MAX_STATE);
        let encoded = buffer.encode(&vec![1_u8; 9_000]).unwrap();
        assert_eq!(split_keyframe(encoded, Epoch(0), 1, 512), Err(TooLong));
    }

    #[test]
    fn malformed_parts_are_errors() {
        let mut collected = KeyframeParts::default();
        for payload in [&[PART][..], &[PART, 0, 0, 3, 3], &[PART, 0, 0, 0, 17]] {
            assert_eq!(
                collected.decode::<Vec<u16>>(payload, 512),
                Err(DecodeError::Malformed),
                "{payload:?}"
            );
        }
        assert_eq!(
            collected.decode::<Vec<u16>>(&[PART; 600], 512),
            Err(DecodeError::TooLong(600))
        );
    }
}
