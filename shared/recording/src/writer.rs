//! Appends entries to a recording.
//!
//! Non-goals: buffering and flushing, which are up to the caller's `W`.

use core::time::Duration;
use std::io::{self, Write};

use netcode::wire::MAX_PAYLOAD;

use crate::format::{
    Checksum, DELTA, Entry, FORMAT_VERSION, Header, KEYFRAME, MAGIC, ROSTER, Source, UPLINK,
};

/// Why an entry was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The payload is longer than any message of a match; nothing was written.
    #[error("a payload of {0} bytes is longer than {MAX_PAYLOAD} and cannot be recorded")]
    TooLong(usize),
    /// Writing failed; a part of the entry may have been written.
    #[error("cannot write the recording: {0}")]
    Io(#[from] io::Error),
}

/// Writes a recording entry by entry.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    /// The arrival time of the last entry, in milliseconds.
    last: u64,
    /// The encoded entry: one write call per entry, so that readers of the growing file rarely see a
    /// part of one.
    buffer: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Starts a recording by writing its header.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn new(mut out: W, header: &Header) -> io::Result<Self> {
        let mut buffer = Vec::with_capacity(MAX_PAYLOAD);
        buffer.extend(MAGIC);
        buffer.push(FORMAT_VERSION);
        buffer.extend(header.rules_version.to_le_bytes());
        buffer.extend(header.match_id.as_str().as_bytes());
        buffer.extend(header.started_at_ms.to_le_bytes());
        out.write_all(&buffer)?;
        Ok(Self {
            out,
            last: 0,
            buffer,
        })
    }

    /// Appends an entry. An entry that is older than the previous one gets the time of that one.
    ///
    /// # Errors
    /// If the payload is too long, or writing to `out` fails.
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
        self.buffer.clear();
        self.buffer.push(kind);
        push_varint(&mut self.buffer, at - self.last);
        if let Some(epoch) = epoch {
            push_varint(&mut self.buffer, u64::from(epoch.0));
        }
        if let Some(player) = player {
            self.buffer.extend(player.as_str().as_bytes());
        }
        push_varint(&mut self.buffer, entry.payload.len() as u64);
        self.buffer.extend(&entry.payload);
        let mut checksum = Checksum::new();
        checksum.add(&self.buffer);
        self.buffer.extend(checksum.0.to_le_bytes());
        self.out.write_all(&self.buffer)?;
        self.last = at;
        Ok(())
    }

    /// Flushes `out`.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// The underlying writer.
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
