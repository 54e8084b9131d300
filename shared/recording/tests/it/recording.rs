//! Tests of the file format: writing, reading, and damaged files.

use core::time::Duration;

use netcode::wire::MAX_PAYLOAD;
use proptest::collection::vec;
use proptest::prelude::*;
use protocol::{Epoch, MatchId, PlayerId};
use recording::{Entry, Header, ReadError, Reader, Source, WriteError, Writer};

fn header() -> Header {
    Header {
        rules_version: 7,
        match_id: "abcdefghij".parse().unwrap(),
        started_at_ms: 1_700_000_000_123,
    }
}

fn written(entries: &[Entry]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), &header()).unwrap();
    for entry in entries {
        writer.write(entry).unwrap();
    }
    writer.into_inner()
}

/// The entries up to the first error, and the error.
fn read(bytes: &[u8]) -> (Vec<Entry>, Option<ReadError>) {
    let mut entries = Vec::new();
    match Reader::new(bytes) {
        Err(error) => return (entries, Some(error)),
        Ok(reader) => {
            for entry in reader {
                match entry {
                    Ok(entry) => entries.push(entry),
                    Err(error) => return (entries, Some(error)),
                }
            }
        }
    }
    (entries, None)
}

fn entry(ms: u64, source: Source, payload: &[u8]) -> Entry {
    Entry {
        at: Duration::from_millis(ms),
        source,
        payload: payload.into(),
    }
}

#[test]
fn the_bytes_of_the_format_are_pinned() {
    let player: PlayerId = "klmnopqrst".parse().unwrap();
    let bytes = written(&[
        entry(300, Source::Delta(Epoch(2)), &[1, 9]),
        entry(301, Source::Uplink(player), &[]),
    ]);
    let mut expected = b"LWMATCH\n\x01\x07\0\0\0abcdefghij".to_vec();
    expected.extend(1_700_000_000_123_u64.to_le_bytes());
    // Kind, 300 ms, epoch, length, payload, checksum.
    expected.extend([1, 172, 2, 2, 2, 1, 9]);
    expected.extend([0x88, 0x7f, 0x56, 0x35]);
    expected.extend([3, 1]);
    expected.extend(b"klmnopqrst");
    expected.push(0);
    assert_eq!(bytes[..expected.len()], expected);
    assert_eq!(bytes.len(), expected.len() + 4);
    assert_eq!(Reader::new(&bytes[..]).unwrap().header(), &header());
}

#[test]
fn another_kind_of_file_or_version_is_refused() {
    assert!(matches!(read(b"").1, Some(ReadError::NotARecording)));
    assert!(matches!(
        read(b"GIF89a and more bytes than a header has").1,
        Some(ReadError::NotARecording)
    ));
    let mut newer = written(&[]);
    newer[8] = 9;
    assert!(matches!(read(&newer).1, Some(ReadError::Version(9))));
}

#[test]
fn a_length_beyond_the_limit_is_refused() {
    let mut bytes = written(&[]);
    let good = bytes.len() as u64;
    bytes.extend([0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
    bytes.resize(bytes.len() + 8_192, 0);
    match read(&bytes).1 {
        Some(ReadError::Damaged { at }) => assert_eq!(at, good),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_payload_beyond_the_limit_is_not_written() {
    let mut writer = Writer::new(Vec::new(), &header()).unwrap();
    let long = entry(0, Source::Roster, &[0; MAX_PAYLOAD + 1]);
    assert!(matches!(
        writer.write(&long),
        Err(WriteError::TooLong(4_097))
    ));
    writer
        .write(&entry(0, Source::Roster, &[0; MAX_PAYLOAD]))
        .unwrap();
    assert_eq!(read(&writer.into_inner()).0.len(), 1);
}

fn any_source() -> impl Strategy<Value = Source> {
    prop_oneof![
        Just(Source::Roster),
        any::<u32>().prop_map(|epoch| Source::Delta(Epoch(epoch))),
        any::<u32>().prop_map(|epoch| Source::Keyframe(Epoch(epoch))),
        any::<u64>().prop_map(|entropy| Source::Uplink(PlayerId::from_entropy(entropy))),
    ]
}

fn any_entries() -> impl Strategy<Value = Vec<Entry>> {
    let one = (0..100_000_u64, any_source(), vec(any::<u8>(), 0..40));
    vec(one, 0..12).prop_map(|drawn| {
        let mut at = 0;
        drawn
            .into_iter()
            .map(|(ms, source, payload)| {
                at += ms;
                entry(at, source, &payload)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn written_entries_are_read_back(entries in any_entries()) {
        let (found, error) = read(&written(&entries));
        prop_assert!(error.is_none(), "{error:?}");
        prop_assert_eq!(found, entries);
    }

    #[test]
    fn a_truncated_recording_is_valid_up_to_the_last_complete_entry(
        entries in any_entries(),
        cut: prop::sample::Index,
    ) {
        let bytes = written(&entries);
        let head = written(&[]).len();
        let cut = head + cut.index(bytes.len() - head + 1);
        let (found, error) = read(&bytes[..cut]);
        prop_assert_eq!(&found[..], &entries[..found.len()]);
        let whole = written(&entries[..found.len()]).len();
        match error {
            None => prop_assert_eq!(whole, cut),
            Some(ReadError::Truncated { at }) => prop_assert_eq!(at, whole as u64),
            Some(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn a_damaged_recording_is_valid_up_to_the_damaged_entry(
        entries in any_entries(),
        at: prop::sample::Index,
        flip in 1..=255_u8,
    ) {
        let mut bytes = written(&entries);
        let head = written(&[]).len();
        prop_assume!(bytes.len() > head);
        let at = head + at.index(bytes.len() - head);
        bytes[at] ^= flip;
        let (found, error) = read(&bytes);
        prop_assert!(error.is_some());
        prop_assert!(found.len() < entries.len());
        prop_assert_eq!(&found[..], &entries[..found.len()]);
    }

    #[test]
    fn reading_arbitrary_bytes_never_panics(bytes in vec(any::<u8>(), 0..600)) {
        let mut framed = written(&[]);
        framed.extend(&bytes);
        let _ = read(&bytes);
        let _ = read(&framed);
    }
}

#[test]
fn ids_have_the_length_of_the_format() {
    assert_eq!(MatchId::from_entropy(u64::MAX).as_str().len(), 10);
    assert_eq!(PlayerId::from_entropy(0).as_str().len(), 10);
}
