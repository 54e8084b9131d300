//! A match's log in a file: every payload of its topics as it was on the wire, and when.
//!
//! The log is complete, so a recording can be replayed ([`crate::replay`]) and checked
//! ([`crate::audit`]). The format is streamed and append-only, so that one which was cut off
//! anywhere is good up to there:
//!
//! ```text
//! header   magic (8) · format version (1) · rules' version (4) · match id (10) · start (8)
//! entry    kind (1) · ms since the entry before (varint) · epoch (varint) or player (10) or nothing
//!          · payload's length (varint) · payload · checksum of all of these (4)
//! ```
//!
//! Fixed-width numbers are little-endian, varints are LEB128. The checksum finds a bad disk, so
//! that nobody is accused because of one; it deliberately proves nothing about who wrote the file.
//! What a payload says is not looked at here.

mod reader;
mod recorder;
mod writer;

use core::time::Duration;

use crate::protocol::{Epoch, MatchId, PlayerId, Topic};
use crate::wire::MAX_PAYLOAD;

pub use reader::{ReadError, Reader};
pub use recorder::Recorder;
pub use writer::{WriteError, Writer};

/// How a recording begins: what it is, and a byte that a transfer as text would change.
const MAGIC: [u8; 8] = *b"LWMATCH\n";

/// The version of the format; others are not understood.
pub const FORMAT_VERSION: u8 = 1;

const ROSTER: u8 = 0;
const DELTA: u8 = 1;
const KEYFRAME: u8 = 2;
const UPLINK: u8 = 3;

/// What a recording is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The rules that were played by: [`crate::sim::arena::SIM_VERSION`].
    pub sim_version: u32,
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
    /// Its bytes as they were on the wire, at most [`MAX_PAYLOAD`]; nothing says that they are a
    /// message.
    pub payload: Vec<u8>,
}

/// FNV-1a: finds what a bad disk does to a few hundred bytes.
#[derive(Clone, Copy, Debug)]
struct Checksum(u32);

impl Checksum {
    const fn new() -> Self {
        Self(0x811c_9dc5)
    }

    fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
}
