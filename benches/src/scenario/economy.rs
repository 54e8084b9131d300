//! What a match costs: messages and payload bytes, of the host's connection and of a guest's,
//! beside what full snapshots at the same rate would cost.

use core::time::Duration;

use client::peer::Traffic;
use link::Conditions;
use netcode::wire::{self, Keyframe};
use netcode::{HostOptions, Pace};
use protocol::Epoch;

use super::{Match, ScenarioError};

/// What comes before is not counted.
const SETTLING: Duration = Duration::from_secs(10);

/// How long is counted, in seconds.
const COUNTING: u32 = 60;

/// Of one connection, a second.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rates {
    /// Messages in and out together: what brokers cap and bill.
    pub messages: f64,
    /// Payload bytes in and out together.
    pub bytes: f64,
}

/// What a match costs.
#[derive(Clone, Copy, Debug)]
pub struct Economy {
    /// Of the host's connection.
    pub host: Rates,
    /// Of a guest's.
    pub guest: Rates,
    /// Of a guest's, if each delta were a whole arena.
    pub snapshots: Rates,
}

/// Plays a match of this many restless guests.
///
/// # Errors
/// If there is no such match.
pub fn measure(seed: u64, guests: u8, pace: Pace) -> Result<Economy, ScenarioError> {
    let conditions = Conditions {
        latency: Duration::from_millis(30),
        jitter: Duration::from_millis(5),
        ..Conditions::PERFECT
    };
    let options = HostOptions {
        pace,
        ..HostOptions::default()
    };
    let mut game = Match::new(seed, guests, options, conditions)?;
    while game.now < SETTLING {
        game.advance();
    }
    let before = (game.host.traffic(), game.guests[0].0.traffic());
    while game.now < SETTLING + Duration::from_secs(u64::from(COUNTING)) {
        game.advance();
    }
    let host = game.host.traffic().since(before.0);
    let guest = game.guests[0].0.traffic().since(before.1);
    let keyframe = match game.host.confirmed() {
        Some((tick, state)) => wire::encode(&Keyframe {
            epoch: Epoch(0),
            seq: tick.0,
            tick,
            state,
        })?
        .len(),
        None => 0,
    };
    let rate = 1.0 / pace.frame_interval.as_secs_f64();
    let inputs = f64::from(COUNTING).recip();
    Ok(Economy {
        host: rates(host),
        guest: rates(guest),
        snapshots: Rates {
            messages: rate + guest.messages_out as f64 * inputs,
            bytes: rate * keyframe as f64 + guest.bytes_out as f64 * inputs,
        },
    })
}

fn rates(traffic: Traffic) -> Rates {
    let seconds = f64::from(COUNTING);
    Rates {
        messages: (traffic.messages_in + traffic.messages_out) as f64 / seconds,
        bytes: (traffic.bytes_in + traffic.bytes_out) as f64 / seconds,
    }
}
