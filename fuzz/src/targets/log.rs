//! Audit and replay of a log whose entries are arbitrary: what a malicious player or host can get
//! into a recording.

use core::time::Duration;

use arena::Arena;
use protocol::{Epoch, PlayerId};
use recording::audit::Audit;
use recording::replay::Replay;
use recording::{Entry, Source};

use crate::bytes::Bytes;

/// Entries that are read from one input.
const MAX_ENTRIES: usize = 64;

/// Players that entries come from.
const PLAYERS: u8 = 4;

/// Reads entries from the bytes, without checksums, and runs audit and replay on them.
pub fn run(data: &[u8]) {
    let entries = parse(data);
    let _report = Audit::<Arena>::of(&entries);
    if let Ok(mut replay) = Replay::<Arena>::new(&entries) {
        replay.advance(Duration::ZERO);
        replay.advance(Duration::from_millis(500));
        replay.seek_to(replay.length());
        assert!(replay.is_over());
        let _notices = replay.drain_notices().count();
    }
}

/// One entry: kind, epoch or player, milliseconds since the one before (2 bytes), length of the
/// payload (2 bytes), payload.
fn parse(data: &[u8]) -> Vec<Entry> {
    let mut bytes = Bytes(data);
    let mut at = Duration::ZERO;
    let mut entries = Vec::new();
    while !bytes.is_empty() && entries.len() < MAX_ENTRIES {
        let (kind, detail) = (bytes.u8(), bytes.u8());
        at += Duration::from_millis(bytes.u16().into());
        let length = usize::from(bytes.u16());
        entries.push(Entry {
            at,
            source: source(kind, detail),
            payload: bytes.take(length).to_vec(),
        });
    }
    entries
}

fn source(kind: u8, detail: u8) -> Source {
    let epoch = Epoch(u32::from(detail));
    match kind % 4 {
        0 => Source::Roster,
        1 => Source::Delta(epoch),
        2 => Source::Keyframe(epoch),
        _ => Source::Uplink(PlayerId::from_entropy(u64::from(detail % PLAYERS))),
    }
}

/// The bytes of an entry, as [`run`] reads it.
pub(crate) fn encode(kind: u8, detail: u8, millis: u16, payload: &[u8]) -> Vec<u8> {
    let length = payload.len() as u16;
    let mut bytes = vec![kind, detail];
    bytes.extend(millis.to_le_bytes());
    bytes.extend(length.to_le_bytes());
    bytes.extend_from_slice(payload);
    bytes
}
