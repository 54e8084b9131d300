//! Measures the messages and payload bytes of the connections of a host and a guest, and compares them
//! with full snapshots at the same rate.
//!
//! Non-goals: the overhead of MQTT and TCP.

use core::time::Duration;

use client::peer::Traffic;
use link::Conditions;
use netcode::wire::{self, Keyframe};
use netcode::{HostOptions, Pace};
use protocol::Epoch;

use super::{Match, ScenarioError};

/// The time before the measurement.
const WARM_UP: Duration = Duration::from_secs(10);

/// The duration of the measurement, in seconds.
const MEASURED_SECONDS: u32 = 60;

/// The traffic of one connection per second.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rates {
    /// Messages in both directions, which brokers limit and bill.
    pub messages: f64,
    /// Payload bytes in both directions.
    pub bytes: f64,
}

/// The traffic of a match.
#[derive(Clone, Copy, Debug)]
pub struct Economy {
    /// The host's connection.
    pub host: Rates,
    /// A guest's connection.
    pub guest: Rates,
    /// A guest's connection if each delta were a whole state.
    pub snapshots: Rates,
}

/// Plays a match with this many guests.
///
/// # Errors
/// If the scenario cannot start.
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
    while game.now < WARM_UP {
        game.advance();
    }
    let before = (game.host.traffic(), game.guests[0].0.traffic());
    while game.now < WARM_UP + Duration::from_secs(u64::from(MEASURED_SECONDS)) {
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
    let per_second = f64::from(MEASURED_SECONDS).recip();
    Ok(Economy {
        host: rates(host),
        guest: rates(guest),
        snapshots: Rates {
            messages: rate + guest.messages_out as f64 * per_second,
            bytes: rate * keyframe as f64 + guest.bytes_out as f64 * per_second,
        },
    })
}

fn rates(traffic: Traffic) -> Rates {
    let seconds = f64::from(MEASURED_SECONDS);
    Rates {
        messages: (traffic.messages_in + traffic.messages_out) as f64 / seconds,
        bytes: (traffic.bytes_in + traffic.bytes_out) as f64 / seconds,
    }
}
