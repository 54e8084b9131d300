//! Whatever a payload claims, decoding it allocates no more than a payload's worth.
//!
//! A binary of its own: the allocator that watches is everybody's.

use arena::{Arena, Controls, Say};
use netcode::wire::{self, Downlink, Keyframe, MAX_PAYLOAD, Uplink};
use peak_alloc::PeakAlloc;
use protocol::{OpenMatches, Roster};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Bytes allocated at the worst moment of decoding `payload` as an `M`.
fn peak<M: serde::de::DeserializeOwned>(payload: &[u8]) -> usize {
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    drop(wire::decode::<M>(payload));
    ALLOCATOR.peak_usage().saturating_sub(before)
}

#[test]
fn claimed_lengths_allocate_nothing_beyond_the_limit() {
    // Varints that claim 250, 2^16, 2^32 and 2^64 of whatever comes next, after each prefix of
    // small numbers that leads to a length somewhere.
    let claims: [&[u8]; 4] = [
        &[250],
        &[251, 255, 255],
        &[252, 255, 255, 255, 255],
        &[253, 255, 255, 255, 255, 255, 255, 255, 255],
    ];
    for claim in claims {
        for zeros in 0..64 {
            for lead in 0..4 {
                let mut payload = vec![wire::VERSION, lead];
                payload.resize(2 + zeros, lead);
                payload.extend(claim);
                payload.resize(MAX_PAYLOAD, b'a');
                let worst = peak::<Uplink<Controls, Say>>(&payload)
                    .max(peak::<Downlink<Controls, Say>>(&payload))
                    .max(peak::<Roster>(&payload))
                    .max(peak::<OpenMatches>(&payload))
                    .max(peak::<Keyframe<Arena>>(&payload));
                assert!(
                    worst <= MAX_PAYLOAD,
                    "{worst} bytes for {:?}",
                    &payload[..16]
                );
            }
        }
    }
}
