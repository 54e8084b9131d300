//! The format of a recording: a header, then entries.
//!
//! The format is streamed and append-only, so that a file that was cut off anywhere is good up to
//! there:
//!
//! ```text
//! header   magic (8) · format version (1) · rules' version (4) · match id (10) · start (8)
//! entry    kind (1) · ms since the entry before (varint) · epoch (varint) or player (10) or nothing
//!          · payload's length (varint) · payload · checksum of all of these (4)
//! ```
//!
//! Fixed-width numbers are little-endian, varints are LEB128. The checksum detects a bad disk, so
//! that an audit does not accuse anybody because of one.
//!
//! Non-goals: authenticity of a file, and the meaning of payloads.

use core::time::Duration;

use protocol::{Epoch, MatchId, PlayerId, Topic};

/// How a recording begins: what it is, and a byte that a transfer as text would change.
pub(crate) const MAGIC: [u8; 8] = *b"LWMATCH\n";

/// The version of the format; others are not understood.
pub const FORMAT_VERSION: u8 = 1;

pub(crate) const ROSTER: u8 = 0;
pub(crate) const DELTA: u8 = 1;
pub(crate) const KEYFRAME: u8 = 2;
pub(crate) const UPLINK: u8 = 3;

/// What a recording is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The version of the rules of the game.
    pub rules_version: u32,
    /// The match.
    pub match_id: MatchId,
    /// When the recording started, in milliseconds since 1970 (UTC).
    pub started_at_ms: u64,
}

/// Which of a match's topics a payload was published on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// Who sits where and who is host; empty once the match is over.
    Roster,
    /// The deltas of the host of this epoch.
    Delta(Epoch),
    /// The keyframes of the host of this epoch.
    Keyframe(Epoch),
    /// What this player told the host.
    Uplink(PlayerId),
}

impl Source {
    /// What is recorded from `topic`; `None` for those that are not part of a match's log.
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

/// A payload, where it came from and when it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Since the start of the recording, to the millisecond; never less than the entry before.
    pub at: Duration,
    /// Its topic.
    pub source: Source,
    /// Its bytes as they were on the wire, at most [`MAX_PAYLOAD`](netcode::wire::MAX_PAYLOAD); nothing says that they are a
    /// message.
    pub payload: Vec<u8>,
}

/// FNV-1a: finds what a bad disk does to a few hundred bytes.
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
