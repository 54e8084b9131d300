//! Appends to a recording. It deliberately neither buffers nor flushes by itself: that is the
//! caller's `W`.

use core::time::Duration;
use std::io::{self, Write};

use netcode::wire::MAX_PAYLOAD;

use crate::format::{
    Checksum, DELTA, Entry, FORMAT_VERSION, Header, KEYFRAME, MAGIC, ROSTER, Source, UPLINK,
};

/// Why an entry is not in the recording.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// No message of a match is that long; nothing was written.
    #[error("a payload of {0} bytes is longer than {MAX_PAYLOAD} and cannot be recorded")]
    TooLong(usize),
    /// The entry may be there in part.
    #[error("cannot write the recording: {0}")]
    Io(#[from] io::Error),
}

/// Writes a recording, one entry after the other.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    /// When the last entry arrived, in milliseconds.
    last: u64,
    /// The entry that is being written: a reader of the growing file sees it whole, mostly.
    line: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Starts a recording.
    ///
    /// # Errors
    /// If `out` does not take the header.
    pub fn new(mut out: W, header: &Header) -> io::Result<Self> {
        let mut line = Vec::with_capacity(MAX_PAYLOAD);
        line.extend(MAGIC);
        line.push(FORMAT_VERSION);
        line.extend(header.rules_version.to_le_bytes());
        line.extend(header.match_id.as_str().as_bytes());
        line.extend(header.started_at_ms.to_le_bytes());
        out.write_all(&line)?;
        Ok(Self { out, last: 0, line })
    }

    /// Appends an entry. One that is older than the one before it is said to be as old.
    ///
    /// # Errors
    /// If the payload is too long for a match, or `out` does not take it.
    pub fn write(&mut self, entry: &Entry) -> Result<(), WriteError> {
        if entry.payload.len() > MAX_PAYLOAD {
            return Err(WriteError::TooLong(entry.payload.len()));
        }
        let at = milliseconds(entry.at).max(self.last);
        let (kind, epoch, player) = match entry.source {
            Source::Roster => (ROSTER, None, None),
            Source::Delta(epoch) => (DELTA, Some(epoch), None),
            Source::Keyframe(epoch) => (KEYFRAME, Some(epoch), None),
            Source::Uplink(player) => (UPLINK, None, Some(player)),
        };
        self.line.clear();
        self.line.push(kind);
        push_varint(&mut self.line, at - self.last);
        if let Some(epoch) = epoch {
            push_varint(&mut self.line, u64::from(epoch.0));
        }
        if let Some(player) = player {
            self.line.extend(player.as_str().as_bytes());
        }
        push_varint(&mut self.line, entry.payload.len() as u64);
        self.line.extend(&entry.payload);
        let mut checksum = Checksum::new();
        checksum.add(&self.line);
        self.line.extend(checksum.0.to_le_bytes());
        self.out.write_all(&self.line)?;
        self.last = at;
        Ok(())
    }

    /// Passes on what `out` buffers.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// What was written to.
    pub fn into_inner(self) -> W {
        self.out
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
