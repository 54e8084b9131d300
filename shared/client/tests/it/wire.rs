//! Tests of the wire format: its exact bytes, round trips, and malformed payloads.

use crate::session::dots::Dots;
use arena::MAX_SLOTS;
use arena::{Arena, Controls};
use arena::{Emote, Say};
use arrayvec::{ArrayString, ArrayVec};
use netcode::Line;
use netcode::wire::{
    self, Ack, Change, DecodeError, Delta, Downlink, Gone, Input, Keyframe, MAX_PAYLOAD,
    MAX_REPEATS, Repeated, Stamped, Timed, Uplink,
};
use netcode::{Simulation, Slot, Tick, decode_downlink};
use proptest::collection::vec;
use proptest::prelude::*;
use protocol::{Callsign, Epoch, MatchId, OpenMatch, PlayerId};
use protocol::{MAX_OPEN_MATCHES, OpenMatches, Roster, RosterSeat, Rules};

fn slot(index: u8) -> Slot {
    Slot::new(index).unwrap()
}

/// An input message with one change of controls.
fn input() -> Uplink<u8, Say> {
    Uplink::Input(Input {
        stamped: [Stamped {
            tick: Tick(200),
            controls: 5,
        }]
        .into_iter()
        .collect(),
        round_trip: 7,
    })
}

/// A delta with one change of controls.
fn delta() -> Downlink<u8, Say> {
    Downlink::Delta(Delta {
        seq: 40,
        tick: Tick(203),
        span: 3,
        changes: [Timed {
            offset: 2,
            slot: slot(1),
            change: Change::Steer(5),
        }]
        .into_iter()
        .collect(),
        acks: [Ack {
            slot: slot(1),
            stamp: -2,
            slack: 1,
        }]
        .into_iter()
        .collect(),
        repeated: ArrayVec::new(),
        checksum: [0xde, 0xad, 0xbe, 0xef],
    })
}

fn roster() -> Roster {
    let player: PlayerId = "abcdefghij".parse().unwrap();
    Roster {
        epoch: Epoch(1),
        host: player,
        seats: [RosterSeat {
            player,
            slot: slot(0),
            callsign: "Ada".parse().unwrap(),
        }]
        .into_iter()
        .collect(),
    }
}

#[track_caller]
fn check_bytes<M: serde::Serialize>(message: &M, bytes: &[u8]) {
    assert_eq!(wire::encode(message).unwrap(), bytes);
}

#[test]
fn a_delta_with_repeated_ones_is_reduced_to_the_unknown_part() {
    let timed = |offset, controls| Timed {
        offset,
        slot: slot(1),
        change: Change::Steer(controls),
    };
    let Downlink::Delta(mut delta) = delta() else {
        panic!("a delta");
    };
    // Deltas 38 (three ticks, one change) and 39 (two ticks, two changes) before it, of three.
    delta.span = 8;
    delta.changes = [timed(3, 1), timed(3, 2), timed(5, 3), timed(6, 4)]
        .into_iter()
        .collect();
    let part = |span, changes| Repeated { span, changes };
    delta.repeated = [part(3, 1), part(2, 2)].into_iter().collect();

    let reduced = |known: u32| {
        let delta = delta.clone().since(known)?;
        Some((delta.span, delta.changes.to_vec(), delta.repeated.to_vec()))
    };
    let all = delta.changes.to_vec();
    assert_eq!(reduced(36), None, "37 is missing");
    assert_eq!(reduced(37), Some((8, all, vec![part(3, 1), part(2, 2)])));
    let rest = vec![timed(0, 2), timed(2, 3), timed(3, 4)];
    assert_eq!(reduced(38), Some((5, rest, vec![part(2, 2)])));
    assert_eq!(reduced(39), Some((3, vec![timed(1, 4)], vec![])));
    assert_eq!(reduced(40), None, "nothing new");
    assert_eq!(reduced(u32::MAX), None);

    for invalid in [part(9, 0), part(0, 5), part(255, 255)] {
        let mut delta = delta.clone();
        delta.repeated[0] = invalid;
        assert_eq!(delta.since(38), None, "{invalid:?}");
    }
    delta.seq = 1;
    assert_eq!(delta.since(0).map(|delta| delta.span), Some(3));
}

#[test]
fn the_bytes_of_the_format_are_pinned() {
    check_bytes(&input(), &[1, 0, 1, 200, 5, 7]);
    check_bytes(&Uplink::<u8, Say>::WantKeyframe, &[1, 2]);
    check_bytes(&Uplink::<u8, Say>::Leave, &[1, 3]);
    assert_eq!(Gone::Player.payload(), [1, 4]);
    assert_eq!(Gone::Host.payload(), [1, 1]);
    check_bytes(
        &delta(),
        &[
            1, 0, // version, delta
            40, 203, 3, // seq, tick, span
            1, 2, 1, 0, 5, // one change: offset, slot, steer, controls
            1, 1, 3, 1, // one acknowledgement: slot, stamp, slack
            0, // no repeated delta
            0xde, 0xad, 0xbe, 0xef,
        ],
    );
    check_bytes(
        &Uplink::<u8, Say>::Message(Say::Emote(Emote::Sorry)),
        &[1, 1, 0, 2],
    );
    let mut expected = vec![1, 1, 10];
    expected.extend(b"abcdefghij");
    expected.extend([1, 10]);
    expected.extend(b"abcdefghij");
    expected.extend([0, 3]);
    expected.extend(b"Ada");
    check_bytes(&roster(), &expected);
    let keyframe = Keyframe {
        epoch: Epoch(2),
        seq: 40,
        tick: Tick(300),
        state: 7_u8,
    };
    check_bytes(&keyframe, &[1, 2, 40, 251, 44, 1, 7]);
}

#[test]
fn a_full_list_of_matches_fits_a_payload() {
    let row = OpenMatch {
        id: MatchId::from_entropy(u64::MAX),
        code: "BCDFG".parse().unwrap(),
        name: ArrayString::from("a name of thirty-two characters.").unwrap(),
        rules: Rules {
            game: "game-of-16-bytes".parse().unwrap(),
            version: u32::MAX,
        },
        players: 32,
        max_players: 32,
    };
    let lobby = OpenMatches {
        matches: (0..MAX_OPEN_MATCHES).map(|_| row.clone()).collect(),
    };
    let payload = wire::encode(&lobby).unwrap();
    assert!(payload.len() <= MAX_PAYLOAD);
    assert_eq!(wire::decode(&payload), Ok(lobby));
}

#[test]
fn a_full_roster_fits_a_payload() {
    let player = PlayerId::from_entropy(u64::MAX);
    let callsign: Callsign = "twelve-chars".parse().unwrap();
    let roster = Roster {
        epoch: Epoch(u32::MAX),
        host: player,
        seats: Slot::first(MAX_SLOTS)
            .map(|slot| RosterSeat {
                player,
                slot,
                callsign,
            })
            .collect(),
    };
    let payload = wire::encode(&roster).unwrap();
    assert_eq!(wire::decode(&payload), Ok(roster));
}

#[test]
fn malformed_payloads_return_the_matching_error() {
    let check = |payload: &[u8], error| {
        assert_eq!(
            wire::decode::<Uplink<u8, Say>>(payload),
            Err(error),
            "{payload:?}"
        );
    };
    check(&[], DecodeError::Malformed);
    check(&[2, 2], DecodeError::Version(2));
    check(&[1, 9], DecodeError::Malformed);
    check(&[1, 2, 0], DecodeError::Trailing(1));
    check(&[1; MAX_PAYLOAD + 1], DecodeError::TooLong(MAX_PAYLOAD + 1));
    // A length above the limit of changes.
    check(&[1, 0, 7, 0, 0, 0], DecodeError::Malformed);
    // A chat line with a length of 2^64 bytes.
    check(
        &[1, 1, 1, 253, 255, 255, 255, 255, 255, 255, 255, 255],
        DecodeError::Malformed,
    );
}

#[test]
fn a_slot_beyond_the_seats_of_the_game_is_refused() {
    let mut payload = wire::encode(&delta()).unwrap();
    assert_eq!(payload[7], 1, "the slot of the change");
    assert!(decode_downlink::<Dots>(&payload).is_ok());
    payload[7] = 32;
    assert_eq!(
        decode_downlink::<Dots>(&payload),
        Err(DecodeError::Malformed)
    );
}

fn any_say() -> impl Strategy<Value = Say> {
    prop_oneof![
        Just(Say::Emote(Emote::GoodGame)),
        "[!-~]{1,80}".prop_map(|text| Say::Text(Line::of(&text).unwrap())),
    ]
}

fn any_change() -> impl Strategy<Value = Change<u16, Say>> {
    prop_oneof![
        any::<u16>().prop_map(Change::Steer),
        Just(Change::Join),
        Just(Change::Leave),
        any_say().prop_map(Change::Message),
    ]
}

fn any_slot() -> impl Strategy<Value = Slot> {
    (0..32_u8).prop_map(slot)
}

prop_compose! {
    fn any_delta()(
        seq: u32,
        tick: u32,
        span: u8,
        changes in vec((any::<u8>(), any_slot(), any_change()), 0..24),
        acks in vec((any_slot(), any::<i16>(), any::<i8>()), 0..=32),
        repeated in vec((any::<u8>(), any::<u8>()), 0..=MAX_REPEATS),
        checksum: [u8; 4],
    ) -> Downlink<u16, Say> {
        Downlink::Delta(Delta {
            seq,
            tick: Tick(tick),
            span,
            changes: changes
                .into_iter()
                .map(|(offset, slot, change)| Timed { offset, slot, change })
                .collect(),
            acks: acks
                .into_iter()
                .map(|(slot, stamp, slack)| Ack { slot, stamp, slack })
                .collect(),
            repeated: repeated
                .into_iter()
                .map(|(span, changes)| Repeated { span, changes })
                .collect(),
            checksum,
        })
    }
}

fn any_uplink() -> impl Strategy<Value = Uplink<u16, Say>> {
    let stamped = vec((any::<u32>(), any::<u16>()), 0..=6);
    prop_oneof![
        (stamped, any::<u8>()).prop_map(|(stamped, round_trip)| Uplink::Input(Input {
            stamped: stamped
                .into_iter()
                .map(|(tick, controls)| Stamped {
                    tick: Tick(tick),
                    controls
                })
                .collect::<ArrayVec<_, 6>>(),
            round_trip,
        })),
        any_say().prop_map(Uplink::Message),
        Just(Uplink::WantKeyframe),
        Just(Uplink::Leave),
        Just(Uplink::Gone),
    ]
}

/// Decodes the payload as each type of message; errors are ignored.
fn decode_as_all(payload: &[u8]) {
    let _ = wire::decode::<Uplink<Controls, Say>>(payload);
    let _ = wire::decode::<Downlink<Controls, Say>>(payload);
    let _ = wire::decode::<Roster>(payload);
    let _ = wire::decode::<OpenMatches>(payload);
    let _ = wire::decode::<Keyframe<Arena>>(payload);
}

proptest! {
    #[test]
    fn deltas_are_decoded_as_encoded(delta in any_delta()) {
        let payload = wire::encode(&delta).unwrap();
        prop_assert_eq!(wire::decode::<Downlink<u16, Say>>(&payload), Ok(delta));
    }

    #[test]
    fn uplinks_are_decoded_as_encoded(uplink in any_uplink()) {
        let payload = wire::encode(&uplink).unwrap();
        prop_assert_eq!(wire::decode::<Uplink<u16, Say>>(&payload), Ok(uplink));
    }

    #[test]
    fn a_truncated_message_is_an_error(delta in any_delta(), cut: prop::sample::Index) {
        let payload = wire::encode(&delta).unwrap();
        let cut = cut.index(payload.len());
        prop_assert_eq!(wire::decode::<Downlink<u16, Say>>(&payload[..cut]), Err(DecodeError::Malformed));
    }

    #[test]
    fn decoding_arbitrary_bytes_never_panics(mut payload in vec(any::<u8>(), 0..600)) {
        decode_as_all(&payload);
        if let Some(version) = payload.first_mut() {
            *version = wire::VERSION;
        }
        decode_as_all(&payload);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_mutated_keyframe_is_an_error_or_an_arena_that_can_be_stepped(
        seed: u64,
        mutations in vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut arena = Arena::new(seed, 6);
        for _ in 0..300 {
            arena.step(|_| {});
        }
        let keyframe = Keyframe { epoch: Epoch(1), seq: 1, tick: Tick(300), state: &arena };
        let mut payload = wire::encode(&keyframe).unwrap();
        for (at, byte) in mutations {
            let at = at.index(payload.len());
            payload[at] = byte;
        }
        if let Ok(mut keyframe) = wire::decode::<Keyframe<Arena>>(&payload) {
            for slot in Slot::first(MAX_SLOTS) {
                keyframe.state.join(slot);
            }
            for _ in 0..120 {
                keyframe.state.step(|_| {});
            }
            keyframe.state.checksum();
        }
    }
}
