//! Reads a recording entry by entry; its bytes are not trusted.
//!
//! Non-goals: buffering, and decoding payloads.

use core::time::Duration;
use std::io::{self, Read};

use netcode::wire::MAX_PAYLOAD;

use crate::format::{
    Checksum, DELTA, Entry, FORMAT_VERSION, Header, KEYFRAME, MAGIC, ROSTER, Source, UPLINK,
};
use protocol::{Epoch, MatchId, PlayerId};

/// Why a recording cannot be read, or not completely.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not a recording.
    #[error("this is no recording of a match")]
    NotARecording,
    /// Another version of the format.
    #[error("the recording has format version {0}, and only {FORMAT_VERSION} can be read")]
    Version(u8),
    /// The file ends within an entry, for example because the recorder was killed.
    #[error("the recording was cut off at byte {at}; all entries before it are valid")]
    Truncated {
        /// The end of the valid part.
        at: u64,
    },
    /// An entry is malformed or its checksum is wrong.
    #[error("the recording is damaged at byte {at}; all entries before it are valid")]
    Damaged {
        /// The end of the valid part.
        at: u64,
    },
    /// The file cannot be read.
    #[error("cannot read the recording: {0}")]
    Io(#[from] io::Error),
}

/// Reads a recording: an iterator over its entries, which ends after the first error.
///
/// It does not buffer; use it with a `BufReader`.
#[derive(Debug)]
pub struct Reader<R> {
    bytes: ChecksumReader<R>,
    header: Header,
    /// The arrival time of the last entry, in milliseconds.
    last: u64,
    ended: bool,
}

impl<R: Read> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// If the header is missing, malformed or of another version.
    pub fn new(input: R) -> Result<Self, ReadError> {
        let mut bytes = ChecksumReader {
            input,
            at: 0,
            checksum: Checksum::new(),
        };
        let header = read_header(&mut bytes).map_err(|fault| match fault {
            Fault::Io(error) => ReadError::Io(error),
            Fault::Version(version) => ReadError::Version(version),
            Fault::Ended | Fault::Damaged => ReadError::NotARecording,
        })?;
        Ok(Self {
            bytes,
            header,
            last: 0,
            ended: false,
        })
    }

    /// The header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    fn read_entry(&mut self) -> Result<Option<Entry>, Fault> {
        let bytes = &mut self.bytes;
        bytes.checksum = Checksum::new();
        let Some(kind) = bytes.first_byte()? else {
            return Ok(None);
        };
        let at = self
            .last
            .checked_add(bytes.varint()?)
            .ok_or(Fault::Damaged)?;
        let source = match kind {
            ROSTER => Source::Roster,
            DELTA => Source::Delta(bytes.epoch()?),
            KEYFRAME => Source::Keyframe(bytes.epoch()?),
            UPLINK => Source::Uplink(bytes.id::<PlayerId>()?),
            _ => return Err(Fault::Damaged),
        };
        let length = usize::try_from(bytes.varint()?).map_err(|_| Fault::Damaged)?;
        if length > MAX_PAYLOAD {
            return Err(Fault::Damaged);
        }
        let mut payload = vec![0; length];
        bytes.fill(&mut payload)?;
        let expected = bytes.checksum.0;
        if u32::from_le_bytes(bytes.array()?) != expected {
            return Err(Fault::Damaged);
        }
        self.last = at;
        Ok(Some(Entry {
            at: Duration::from_millis(at),
            source,
            payload,
        }))
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Entry, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let at = self.bytes.at;
        let entry = self.read_entry().map_err(|fault| match fault {
            Fault::Ended => ReadError::Truncated { at },
            Fault::Damaged | Fault::Version(_) => ReadError::Damaged { at },
            Fault::Io(error) => ReadError::Io(error),
        });
        self.ended = !matches!(entry, Ok(Some(_)));
        entry.transpose()
    }
}

/// An error in the next bytes.
enum Fault {
    Ended,
    Damaged,
    Version(u8),
    Io(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            Self::Ended
        } else {
            Self::Io(error)
        }
    }
}

fn read_header<R: Read>(bytes: &mut ChecksumReader<R>) -> Result<Header, Fault> {
    if bytes.array()? != MAGIC {
        return Err(Fault::Damaged);
    }
    let [version] = bytes.array()?;
    if version != FORMAT_VERSION {
        return Err(Fault::Version(version));
    }
    Ok(Header {
        rules_version: u32::from_le_bytes(bytes.array()?),
        match_id: bytes.id::<MatchId>()?,
        started_at_ms: u64::from_le_bytes(bytes.array()?),
    })
}

/// A reader that computes the position and the checksum.
#[derive(Debug)]
struct ChecksumReader<R> {
    input: R,
    at: u64,
    checksum: Checksum,
}

impl<R: Read> ChecksumReader<R> {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Fault> {
        self.input.read_exact(buffer)?;
        self.at += buffer.len() as u64;
        self.checksum.add(buffer);
        Ok(())
    }

    /// The first byte of an entry; `None` at the end of the recording.
    fn first_byte(&mut self) -> Result<Option<u8>, Fault> {
        match self.array() {
            Ok([byte]) => Ok(Some(byte)),
            Err(Fault::Ended) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let mut array = [0; N];
        self.fill(&mut array)?;
        Ok(array)
    }

    fn varint(&mut self) -> Result<u64, Fault> {
        let mut value = 0_u64;
        for shift in (0..u64::BITS).step_by(7) {
            let [byte] = self.array()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                return Err(Fault::Damaged);
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Fault::Damaged)
    }

    fn epoch(&mut self) -> Result<Epoch, Fault> {
        let epoch = u32::try_from(self.varint()?).map_err(|_| Fault::Damaged)?;
        Ok(Epoch(epoch))
    }

    fn id<T: core::str::FromStr>(&mut self) -> Result<T, Fault> {
        let text: [u8; 10] = self.array()?;
        core::str::from_utf8(&text)
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or(Fault::Damaged)
    }
}
