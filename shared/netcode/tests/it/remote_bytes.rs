//! Remote bytes that do not fit: seats that the game does not have, and deltas that do not follow.

use core::time::Duration;

use arrayvec::ArrayVec;
use netcode::wire::{self, Ack, Change, DecodeError, Delta, Downlink, Keyframe, Timed, Uplink};
use netcode::{
    DeltaOf, DownlinkOf, Epoch, Guest, Host, HostOptions, Simulation, Slot, Sync, Tick, UplinkOf,
    decode_downlink,
};

use crate::dots::Dots;

const NOW: Duration = Duration::ZERO;

fn slot(index: u8) -> Slot {
    Slot::new(index).unwrap()
}

/// A delta of one tick after the state of `tick - 1`.
fn delta(seq: u32, tick: Tick, state: &Dots) -> DeltaOf<Dots> {
    let mut next = state.clone();
    next.step(|_| {});
    Delta {
        seq,
        tick,
        span: 1,
        changes: ArrayVec::new(),
        acks: ArrayVec::new(),
        repeated: ArrayVec::new(),
        checksum: next.checksum().to_le_bytes(),
    }
}

/// A guest that holds the keyframe of tick 100, and its state.
fn joined() -> (Guest<Dots>, Dots) {
    let mut state = Dots::new();
    state.join(slot(0));
    state.steer(slot(0), 1);
    let keyframe = Keyframe {
        epoch: Epoch(1),
        seq: 7,
        tick: Tick(100),
        state: state.clone(),
    };
    let mut guest = Guest::new(Epoch(1), 0, NOW);
    guest
        .receive_keyframe(&wire::encode(&keyframe).unwrap(), NOW)
        .unwrap();
    (guest, state)
}

#[track_caller]
fn send(guest: &mut Guest<Dots>, delta: DeltaOf<Dots>) -> Result<(), DecodeError> {
    let delta: DownlinkOf<Dots> = Downlink::Delta(delta);
    guest.receive_delta(&wire::encode(&delta).unwrap(), NOW)
}

#[test]
fn a_delta_that_names_a_seat_beyond_the_games_is_refused() {
    let (mut guest, state) = joined();
    for index in [4, 63] {
        let mut change = delta(8, Tick(101), &state);
        change.changes.push(Timed {
            offset: 0,
            slot: slot(index),
            change: Change::Join,
        });
        let mut ack = delta(8, Tick(101), &state);
        ack.acks.push(Ack {
            slot: slot(index),
            stamp: 0,
            slack: 0,
        });
        assert_eq!(send(&mut guest, change), Err(DecodeError::Malformed));
        assert_eq!(send(&mut guest, ack), Err(DecodeError::Malformed));
    }
    assert_eq!(guest.health().rejected, 4);
    assert_eq!(guest.confirmed(), Some((Tick(100), &state)));
    // No game has this seat, so it has no `Slot`: the byte is refused before the seats are counted.
    let mut payload =
        wire::encode(&Downlink::<u8, String>::Delta(delta(8, Tick(101), &state))).unwrap();
    payload[5] = 1;
    payload.splice(6..6, [0, 64, 1]);
    assert_eq!(
        decode_downlink::<Dots>(&payload),
        Err(DecodeError::Malformed)
    );
}

#[test]
fn a_session_takes_no_seat_beyond_the_games() {
    let mut host = Host::new(
        Epoch(1),
        Tick(0),
        Dots::<4, 60>::new(),
        HostOptions::default(),
        NOW,
    );
    let before = host.state().clone();
    let join = wire::encode(&UplinkOf::<Dots>::Message("hello".into())).unwrap();
    host.grant(slot(4), NOW);
    host.seat_local(slot(63), NOW);
    host.receive(slot(4), &join, NOW).unwrap();
    assert!(!host.is_granted(slot(4)));
    assert_eq!(host.state(), &before);
    assert_eq!(host.drain_notices().count(), 0);

    let (mut guest, _) = joined();
    guest.set_slot(Some(slot(4)));
    guest.update(NOW, |_, _| panic!("it is a spectator"));
}

#[test]
fn a_message_that_is_longer_than_the_limit_is_refused_by_the_host() {
    let mut host = Host::new(
        Epoch(1),
        Tick(0),
        Dots::<4, 60>::new(),
        HostOptions::default(),
        NOW,
    );
    host.grant(slot(1), NOW);
    let long = Uplink::<u8, String>::Message("x".repeat(wire::MAX_MESSAGE));
    host.receive(slot(1), &wire::encode(&long).unwrap(), NOW)
        .unwrap();
    assert_eq!(host.drain_notices().count(), 0);
    assert_eq!(host.health().rejected, 1);
}

#[test]
fn a_delta_with_another_base_is_not_applied() {
    let (mut guest, state) = joined();
    // The sequence number follows, and the base is tick 104.
    send(&mut guest, delta(8, Tick(105), &state)).unwrap();
    assert_eq!(guest.sync(), Sync::Lost);
    assert_eq!(guest.confirmed(), Some((Tick(100), &state)));
    // A delta that would have followed does not change that: only a keyframe does.
    send(&mut guest, delta(9, Tick(101), &state)).unwrap();
    assert_eq!(guest.confirmed(), Some((Tick(100), &state)));
}

#[test]
fn a_delta_after_a_gap_waits_for_the_missing_one() {
    let (mut guest, state) = joined();
    let mut next = state.clone();
    next.step(|_| {});
    send(&mut guest, delta(9, Tick(102), &next)).unwrap();
    assert_eq!(guest.confirmed(), Some((Tick(100), &state)));
    send(&mut guest, delta(8, Tick(101), &state)).unwrap();
    next.step(|_| {});
    assert_eq!(guest.confirmed(), Some((Tick(102), &next)));
    assert_eq!(guest.sync(), Sync::Live);
}
