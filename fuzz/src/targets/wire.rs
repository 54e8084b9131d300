//! Messages of a match's log and of the relay: whatever can be decoded is encoded and decoded to
//! an equal value.

use core::fmt::Debug;

use arena::Arena;
use netcode::wire::{self, Downlink, Keyframe, KeyframeParts, MAX_PAYLOAD};
use netcode::{DownlinkOf, Simulation, UplinkOf, decode_downlink, decode_uplink};
use protocol::{Announcement, OpenMatches, Roster};

use crate::bytes::Bytes;

/// The most ticks that a decoded state is stepped.
const STEPS: usize = 8;

/// Decodes the bytes as each message.
pub fn run(data: &[u8]) {
    if let Ok(message) = decode_downlink::<Arena>(data) {
        round_trip::<DownlinkOf<Arena>>(&message);
        if let Downlink::Delta(delta) = message {
            let known = delta.seq.wrapping_sub(data.len() as u32 % 6);
            if let Some(rest) = delta.clone().since(known) {
                assert!(rest.follows(known) && rest.changes.len() <= delta.changes.len());
            }
        }
    }
    if let Ok(message) = decode_uplink::<Arena>(data) {
        round_trip::<UplinkOf<Arena>>(&message);
    }
    for_decoded::<Roster>(data);
    for_decoded::<Announcement>(data);
    for_decoded::<OpenMatches>(data);
    keyframes(data);
}

/// Decodes the bytes as one payload, then as several: each a length and that many bytes.
fn keyframes(data: &[u8]) {
    if let Ok(Some(keyframe)) = KeyframeParts::default().decode(data, MAX_PAYLOAD) {
        play(keyframe);
    }
    let mut bytes = Bytes(data);
    let mut parts = KeyframeParts::default();
    while !bytes.is_empty() {
        let length = usize::from(bytes.u16());
        if let Ok(Some(keyframe)) = parts.decode(bytes.take(length), MAX_PAYLOAD) {
            play(keyframe);
        }
    }
}

/// A state that was decoded can be played, whatever it is.
fn play(keyframe: Keyframe<Arena>) {
    let mut state = keyframe.state;
    for (index, slot) in Arena::slots().take(STEPS).enumerate() {
        if index % 2 == 0 {
            state.join(slot);
        } else {
            state.leave(slot);
        }
        state.step(|_| ());
    }
    state.checksum();
}

fn for_decoded<M>(data: &[u8])
where
    M: serde::Serialize + serde::de::DeserializeOwned + PartialEq + Debug,
{
    if let Ok(message) = wire::decode::<M>(data) {
        round_trip(&message);
    }
}

fn round_trip<M>(message: &M)
where
    M: serde::Serialize + serde::de::DeserializeOwned + PartialEq + Debug,
{
    let payload = wire::encode(message).expect("a decoded message is short enough to encode");
    assert_eq!(wire::decode::<M>(&payload).as_ref(), Ok(message));
}
