//! The format of a recording: a header, then entries.
//!
//! The format is append-only: a file that was cut off is valid up to the last complete entry.
//!
//! ```text
//! header   magic (8) · format version (1) · rules version (4) · match id (10) · start (8)
//! entry    kind (1) · ms since the previous entry (varint) · epoch (varint) or player (10) or nothing
//!          · payload length (varint) · payload · checksum of all of these (4)
//! ```
//!
//! Fixed-width numbers are little-endian, varints are LEB128. The checksum detects storage errors, so
//! that an audit does not report them as offences.
//!
//! Non-goals: authenticity of a file, and the meaning of payloads.

use core::time::Duration;

use protocol::{Epoch, MatchId, PlayerId, Topic};

/// The first bytes of a recording. The line feed detects a transfer in text mode.
pub(crate) const MAGIC: [u8; 8] = *b"LWMATCH\n";

/// The version of the format; other versions cannot be read.
pub const FORMAT_VERSION: u8 = 1;

pub(crate) const ROSTER: u8 = 0;
pub(crate) const DELTA: u8 = 1;
pub(crate) const KEYFRAME: u8 = 2;
pub(crate) const UPLINK: u8 = 3;

/// The header of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The version of the rules of the game.
    pub rules_version: u32,
    /// The match.
    pub match_id: MatchId,
    /// The start of the recording, in milliseconds since 1970 (UTC).
    pub started_at_ms: u64,
}

/// The kind of topic on which a payload was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// The seats and the host; an empty payload once the match has ended.
    Roster,
    /// The deltas of the host of this epoch.
    Delta(Epoch),
    /// The keyframes of the host of this epoch.
    Keyframe(Epoch),
    /// The messages of this player to the host.
    Uplink(PlayerId),
}

impl Source {
    /// The source for `topic`; `None` for topics that are not part of a match's log.
    #[must_use]
    pub const fn of(topic: &Topic) -> Option<Self> {
        match *topic {
            Topic::Roster(_) => Some(Self::Roster),
            Topic::Delta(_, epoch) => Some(Self::Delta(epoch)),
            Topic::Keyframe(_, epoch) => Some(Self::Keyframe(epoch)),
            Topic::Input(_, player) => Some(Self::Uplink(player)),
            Topic::Notice(_) | Topic::News | Topic::Lobby => None,
        }
    }
}

/// A payload with its source and its time of arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The time since the start of the recording, in whole milliseconds; entries are in this order.
    pub at: Duration,
    /// The kind of its topic.
    pub source: Source,
    /// The bytes as received, at most [`MAX_PAYLOAD`](netcode::wire::MAX_PAYLOAD). They need not be
    /// a valid message.
    pub payload: Vec<u8>,
}

/// FNV-1a, 32 bits: detects storage errors in a few hundred bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checksum(pub(crate) u32);

impl Checksum {
    pub(crate) const fn new() -> Self {
        Self(0x811c_9dc5)
    }

    pub(crate) fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
}
