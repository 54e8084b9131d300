//! Valid inputs of each target, made by the code that the targets attack.

use core::time::Duration;

use arena::{Arena, Buttons, Controls, Say};
use arrayvec::ArrayVec;
use netcode::wire::{
    Ack, Change, Delta, Downlink, Gone, Input, Keyframe, Payload, Stamped, Timed, Uplink, encode,
    split_keyframe,
};
use netcode::{Epoch, Line, Simulation, Slot, Tick};
use protocol::{Announcement, MatchId, OpenMatches, PlayerId, Roster, RosterSeat};
use recording::{Entry, Header, Source, Writer};

use crate::targets::log;

/// Ticks that a delta covers.
const SPAN: u8 = 3;

/// A packet of a broker, by hand.
const CONNACK: &[u8] = &[0x20, 3, 0, 0, 0];

/// Scripts for [`link::fuzzing::codec`].
#[must_use]
pub fn codec() -> Vec<Vec<u8>> {
    let receive = |packet: &[u8]| [&[0, packet.len() as u8], packet].concat();
    let (subscribe, publish, close) = (&[5, 2][..], &[6, 4][..], &[7, 0][..]);
    let tick = &[4, 0xe8, 0x03][..];
    let suback = receive(&[0x90, 4, 0, 1, 0, 1]);
    let publish_0 = receive(b"\x30\x09\x00\x04a/bc\x00hi");
    let publish_1 = receive(b"\x32\x0b\x00\x04a/bc\x00\x07\x00hi");
    let puback = receive(&[0x40, 2, 0, 2]);
    let pong = receive(&[0xd0, 0]);
    let kicked = receive(&[0xe0, 2, 0x8e, 0]);
    let connack = receive(CONNACK);
    vec![
        [tick, &connack, subscribe, &suback, &publish_0, tick, close].concat(),
        [
            subscribe, publish, &connack, &suback, &puback, &publish_1, &kicked,
        ]
        .concat(),
        [
            &connack[..],
            &[4, 0x60, 0xea],
            &pong,
            tick,
            &publish_0,
            &publish_0,
            close,
        ]
        .concat(),
        receive(&[0x20, 3, 0, 0x87, 0]),
    ]
}

/// Every kind of message.
#[must_use]
pub fn wire() -> Vec<Vec<u8>> {
    let mut seeds = payloads();
    seeds.push(encoded(&Announcement {
        id: 7,
        headline: Line::of("Tournament").expect("it is short"),
        text: Line::of("At eight").expect("it is short"),
    }));
    seeds.push(encoded(&OpenMatches::default()));
    seeds.push(Gone::Host.payload());
    seeds.push(Gone::Player.payload());
    let mut buffer = Payload::with_limit(1 << 16);
    let whole = buffer.encode(&played().1).expect("a state is short");
    let parts = split_keyframe(whole, Epoch(1), 1, 512).expect("a state has few parts");
    let parts = parts.iter().map(|part| {
        let length = part.len() as u16;
        [&length.to_le_bytes()[..], part].concat()
    });
    seeds.push(parts.collect::<Vec<_>>().concat());
    seeds
}

/// A whole recording, and one that is cut off.
#[must_use]
pub fn recording() -> Vec<Vec<u8>> {
    let header = Header {
        rules_version: Arena::RULES_VERSION,
        match_id: MatchId::from_entropy(1),
        started_at_ms: 1_700_000_000_000,
    };
    let mut writer = Writer::new(Vec::new(), &header).expect("a vector takes all");
    for (index, (source, payload)) in entries().into_iter().enumerate() {
        let at = Duration::from_millis(50 * index as u64);
        let entry = Entry {
            at,
            source,
            payload,
        };
        writer.write(&entry).expect("it is short enough");
    }
    let whole = writer.into_inner();
    let cut = whole[..whole.len() * 2 / 3].to_vec();
    vec![whole, cut]
}

/// A log of a host and one player.
#[must_use]
pub fn log() -> Vec<Vec<u8>> {
    let entry = |(source, payload): (Source, Vec<u8>)| match source {
        Source::Roster => log::encode(0, 0, 50, &payload),
        Source::Delta(epoch) => log::encode(1, epoch.0 as u8, 50, &payload),
        Source::Keyframe(epoch) => log::encode(2, epoch.0 as u8, 0, &payload),
        Source::Uplink(_) => log::encode(3, 1, 10, &payload),
    };
    vec![
        entries()
            .into_iter()
            .map(entry)
            .collect::<Vec<_>>()
            .concat(),
    ]
}

/// Requests as [`crate::targets::membership`] reads them: joins, renewals, claims, heartbeats.
#[must_use]
pub fn membership() -> Vec<Vec<u8>> {
    let create = [1, 4, 36, 40, 50, 60, 0, 8, 0];
    let join = [0, 1, 0, 0];
    let renew = [1, 5, 1, 0];
    let claim = [2, 200, 1, 0, 99, 0, 0];
    let hand_over = [3, 1, 128, 0, 1, 0, 1];
    let heartbeat = [4, 20, 128, 0, 0b11, 0, 1];
    vec![
        [
            &create[..],
            &join,
            &join,
            &renew,
            &heartbeat,
            &claim,
            &renew,
        ]
        .concat(),
        [&create[..], &join, &hand_over, &heartbeat, &join, &claim].concat(),
        [&create[..], &[0, 1, 0, 0].repeat(9), &heartbeat].concat(),
    ]
}

/// The payloads of [`entries`].
fn payloads() -> Vec<Vec<u8>> {
    entries().into_iter().map(|(_, payload)| payload).collect()
}

/// A short match: roster, keyframe, inputs, the deltas that apply them, and the end.
fn entries() -> Vec<(Source, Vec<u8>)> {
    let player = PlayerId::from_entropy(1);
    let slot = Slot::new(0).expect("every match has a first seat");
    let seat = RosterSeat {
        player,
        slot,
        callsign: "Pilot".parse().expect("it is a callsign"),
    };
    let roster = Roster {
        epoch: Epoch(1),
        host: PlayerId::from_entropy(0),
        seats: ArrayVec::from_iter([seat]),
    };
    let (inputs, keyframe, deltas) = played();
    let delta_source = Source::Delta(Epoch(1));
    let mut entries = vec![
        (Source::Roster, encoded(&roster)),
        (Source::Keyframe(Epoch(1)), encoded(&keyframe)),
    ];
    for input in inputs {
        entries.push((Source::Uplink(player), encoded(&input)));
    }
    for delta in deltas {
        entries.push((delta_source, encoded(&Downlink::Delta(delta))));
    }
    entries.push((delta_source, Gone::Host.payload()));
    entries.push((Source::Roster, Vec::new()));
    entries
}

type ArenaUplink = Uplink<Controls, Say>;
type ArenaDelta = Delta<Controls, Say>;

/// What a player sends, the state before, and the deltas with what the player has sent.
fn played() -> (Vec<ArenaUplink>, Keyframe<Arena>, Vec<ArenaDelta>) {
    let slot = Slot::new(0).expect("every match has a first seat");
    let mut state = Arena::new(7, 2);
    let start = Tick(100);
    let keyframe = Keyframe {
        epoch: Epoch(1),
        seq: 0,
        tick: start,
        state: state.clone(),
    };
    let controls = Controls::new(Buttons::from_bits(5));
    let say = Say::Emote(arena::Emote::Hello);
    let input = Input {
        stamped: ArrayVec::from_iter([Stamped {
            tick: Tick(start.0 + 4),
            controls,
        }]),
        round_trip: 3,
    };
    let uplinks = vec![
        Uplink::Input(input),
        Uplink::Message(say.clone()),
        Uplink::WantKeyframe,
        Uplink::Leave,
    ];
    let changes = [
        Change::Join,
        Change::Steer(controls),
        Change::Message(say),
        Change::Leave,
    ];
    let mut deltas = Vec::new();
    for (seq, change) in (1..).zip(changes) {
        match &change {
            Change::Join => state.join(slot),
            Change::Leave => state.leave(slot),
            Change::Steer(controls) => state.steer(slot, *controls),
            Change::Message(_) => {}
        }
        for _ in 0..SPAN {
            state.step(|_| ());
        }
        deltas.push(Delta {
            seq,
            tick: Tick(start.0 + seq * u32::from(SPAN)),
            span: SPAN,
            changes: ArrayVec::from_iter([Timed {
                offset: 0,
                slot,
                change,
            }]),
            acks: ArrayVec::from_iter([Ack {
                slot,
                stamp: -1,
                slack: 2,
            }]),
            repeated: ArrayVec::new(),
            checksum: state.checksum().to_le_bytes(),
        });
    }
    (uplinks, keyframe, deltas)
}

fn encoded<M: serde::Serialize>(message: &M) -> Vec<u8> {
    encode(message).expect("a message of a short match fits into a payload")
}
