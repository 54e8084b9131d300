//! The encoding of each message, byte by byte.

use arrayvec::ArrayVec;
use netcode::wire::{
    self, Ack, Change, Delta, Downlink, Gone, Input, Keyframe, Payload, Repeated, Stamped, Timed,
    Uplink, split_keyframe,
};
use netcode::{Epoch, Slot, Tick};

type Up = Uplink<u8, String>;
type Down = Downlink<u8, String>;

#[track_caller]
fn check<M: serde::Serialize>(message: &M, bytes: &[u8]) {
    assert_eq!(wire::encode(message).unwrap(), bytes);
}

fn timed(offset: u8, slot: u8, change: Change<u8, String>) -> Timed<u8, String> {
    let slot = Slot::new(slot).unwrap();
    Timed {
        offset,
        slot,
        change,
    }
}

#[test]
fn an_uplink() {
    let stamped = |tick, controls| Stamped {
        tick: Tick(tick),
        controls,
    };
    let input = Input {
        stamped: [stamped(200, 5), stamped(70_000, 0)].into_iter().collect(),
        round_trip: 7,
    };
    check(
        &Up::Input(input),
        &[1, 0, 2, 200, 5, 252, 0x70, 0x11, 1, 0, 0, 7],
    );
    check(&Up::Message("hi".into()), &[1, 1, 2, b'h', b'i']);
    check(&Up::WantKeyframe, &[1, 2]);
    check(&Up::Leave, &[1, 3]);
    check(&Up::Gone, &[1, 4]);
    assert_eq!(Gone::Player.payload(), [1, 4]);
}

#[test]
fn a_delta() {
    let delta = Delta {
        seq: 40,
        tick: Tick(300),
        span: 3,
        changes: [
            timed(0, 1, Change::Join),
            timed(1, 1, Change::Steer(5)),
            timed(2, 63, Change::Message("hi".into())),
            timed(3, 0, Change::Leave),
        ]
        .into_iter()
        .collect(),
        acks: ArrayVec::from_iter([Ack {
            slot: Slot::new(1).unwrap(),
            stamp: -2,
            slack: -1,
        }]),
        repeated: ArrayVec::from_iter([Repeated {
            span: 1,
            changes: 2,
        }]),
        checksum: [0xde, 0xad, 0xbe, 0xef],
    };
    check(
        &Down::Delta(delta),
        &[
            1, 0, // version, delta
            40, 251, 44, 1, 3, // seq, tick, span
            4, // changes: offset, slot, kind and its content
            0, 1, 1, //
            1, 1, 0, 5, //
            2, 63, 3, 2, b'h', b'i', //
            3, 0, 2, //
            1, 1, 3, 255, // acknowledgements: slot, stamp (zigzag), slack
            1, 1, 2, // repeated deltas: span, changes
            0xde, 0xad, 0xbe, 0xef,
        ],
    );
    check(&Down::Gone, &[1, 1]);
    assert_eq!(Gone::Host.payload(), [1, 1]);
}

fn keyframe(state: Vec<u8>) -> Keyframe<Vec<u8>> {
    Keyframe {
        epoch: Epoch(2),
        seq: 40,
        tick: Tick(300),
        state,
    }
}

#[test]
fn a_keyframe() {
    check(&keyframe(vec![7]), &[1, 2, 40, 251, 44, 1, 1, 7]);
}

#[test]
fn a_part_of_a_keyframe() {
    let mut buffer = Payload::with_limit(2_000);
    let encoded = buffer.encode(&keyframe(vec![9; 1_000])).unwrap();
    let parts = split_keyframe(encoded, Epoch(2), 40, 512).unwrap();
    assert_eq!(parts.len(), 3);
    // Version of a part, epoch, seq, index, count; then a share of the encoded keyframe.
    let first = [2, 2, 40, 0, 3, 1, 2, 40, 251, 44, 1, 251, 0xe8, 3, 9, 9];
    assert_eq!(parts[0][..first.len()], first);
    assert_eq!(parts[1][..7], [2, 2, 40, 1, 3, 9, 9]);
    assert_eq!(parts[2][..7], [2, 2, 40, 2, 3, 9, 9]);
    let shares: Vec<u8> = parts.iter().flat_map(|part| part[5..].to_vec()).collect();
    assert_eq!(shares, encoded);
}
