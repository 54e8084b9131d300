//! Decoding a payload allocates no more than the largest payload, whatever lengths it contains.
//!
//! A separate test program, because it replaces the global allocator.

use arena::{Arena, Controls, Say};
use netcode::wire::{self, Downlink, Keyframe, MAX_PAYLOAD, Uplink};
use peak_alloc::PeakAlloc;
use protocol::{OpenMatches, Roster};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// The peak of allocated bytes while decoding `payload` as an `M`.
fn peak<M: serde::de::DeserializeOwned>(payload: &[u8]) -> usize {
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    drop(wire::decode::<M>(payload));
    ALLOCATOR.peak_usage().saturating_sub(before)
}

#[test]
fn lengths_in_a_payload_allocate_no_more_than_the_largest_payload() {
    // Varints of about 250, 2^16, 2^32 and 2^64, after prefixes of small numbers, so that they are
    // decoded as lengths of different fields.
    let lengths: [&[u8]; 4] = [
        &[250],
        &[251, 255, 255],
        &[252, 255, 255, 255, 255],
        &[253, 255, 255, 255, 255, 255, 255, 255, 255],
    ];
    for length in lengths {
        for zeros in 0..64 {
            for lead in 0..4 {
                let mut payload = vec![wire::VERSION, lead];
                payload.resize(2 + zeros, lead);
                payload.extend(length);
                payload.resize(MAX_PAYLOAD, b'a');
                let peak = peak::<Uplink<Controls, Say>>(&payload)
                    .max(peak::<Downlink<Controls, Say>>(&payload))
                    .max(peak::<Roster>(&payload))
                    .max(peak::<OpenMatches>(&payload))
                    .max(peak::<Keyframe<Arena>>(&payload));
                assert!(peak <= MAX_PAYLOAD, "{peak} bytes for {:?}", &payload[..16]);
            }
        }
    }
}
