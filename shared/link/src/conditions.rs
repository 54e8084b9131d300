//! Simulated network conditions: their text form, and the arrival times that they cause.
//!
//! The model is that of MQTT over TCP: a lost packet is retransmitted, which delays it and, because
//! the connection is ordered, everything behind it. All random numbers come from a seed.
//!
//! Non-goals: a clock, and storing the delayed packets.

use core::time::Duration;

use rng::Rng;

/// The network between one client and the broker; each direction is simulated independently.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conditions {
    /// The minimum one-way delay.
    pub latency: Duration,
    /// The maximum additional delay of a packet, uniformly distributed.
    pub jitter: Duration,
    /// The probability that a packet must be retransmitted, `0.0..=1.0`; it is never lost for good.
    pub loss: f64,
    /// The delay that each retransmission adds.
    pub retransmission: Duration,
    /// The length of a stall, in which nothing arrives in either direction: one in each
    /// [`STALL_INTERVAL`], at a time that the seed determines.
    pub stall: Duration,
    /// The probability that the broker drops a QoS 0 message, `0.0..=1.0`.
    pub drop: f64,
    /// The probability that the broker delivers a QoS 0 message twice, `0.0..=1.0`.
    pub duplicate: f64,
    /// Whether messages may be reordered, as by a clustered broker.
    pub unordered: bool,
}

impl Conditions {
    /// No delay, no loss.
    pub const PERFECT: Self = Self {
        latency: Duration::ZERO,
        jitter: Duration::ZERO,
        loss: 0.0,
        retransmission: Duration::from_millis(200),
        stall: Duration::ZERO,
        drop: 0.0,
        duplicate: 0.0,
        unordered: false,
    };

    /// The names that [`set`](Self::set) accepts, for command lines and URL queries.
    pub const NAMES: [&'static str; 4] = ["latency", "jitter", "loss", "stall"];

    /// Sets one condition from text: `latency`, `jitter` and `stall` in milliseconds, `loss` in
    /// percent. Latency, jitter and loss apply to each direction, so the round trip grows by twice
    /// the latency.
    ///
    /// # Errors
    /// If the name is unknown, or the value is malformed or out of range.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), InvalidCondition> {
        let length = match name {
            "latency" => &mut self.latency,
            "jitter" => &mut self.jitter,
            "stall" => &mut self.stall,
            "loss" => {
                self.loss = percent(value)?;
                return Ok(());
            }
            _ => return Err(InvalidCondition::Unknown(name.into())),
        };
        *length = milliseconds(name, value)?;
        Ok(())
    }

    /// Whether packets can be delayed at all.
    #[must_use]
    pub fn delays(&self) -> bool {
        self.loss > 0.0 || self.latency + self.jitter + self.stall > Duration::ZERO
    }
}

/// The interval in which a connection stalls once, if [`Conditions::stall`] is not zero.
pub const STALL_INTERVAL: Duration = Duration::from_secs(10);

/// The longest time of a condition, in milliseconds: less than [`STALL_INTERVAL`], so that a stall
/// ends.
const MAX_MS: u64 = 5000;

/// Why [`Conditions::set`] failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCondition {
    /// The name is unknown.
    #[error("{0:?} is none of latency, jitter, loss and stall")]
    Unknown(String),
    /// The value is not a number of milliseconds in range.
    #[error("{name} must be milliseconds from 0 to {MAX_MS}, such as 80, and is {value:?}")]
    Milliseconds {
        /// The name of the condition.
        name: String,
        /// The rejected value.
        value: String,
    },
    /// The value is not a percentage.
    #[error("loss must be a percentage from 0 to 100, such as 2.5, and is {0:?}")]
    Percent(String),
}

fn milliseconds(name: &str, value: &str) -> Result<Duration, InvalidCondition> {
    match value.parse() {
        Ok(length @ 0..=MAX_MS) => Ok(Duration::from_millis(length)),
        _ => Err(InvalidCondition::Milliseconds {
            name: name.into(),
            value: value.into(),
        }),
    }
}

fn percent(value: &str) -> Result<f64, InvalidCondition> {
    match value.parse::<f64>() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent / 100.0),
        _ => Err(InvalidCondition::Percent(value.into())),
    }
}

impl Default for Conditions {
    fn default() -> Self {
        Self::PERFECT
    }
}

/// The most retransmissions of a packet, so that its delay is finite even at a loss of 1.
const MAX_RETRANSMISSIONS: u32 = 16;

/// One direction of a connection.
pub(super) struct Lane {
    rng: Rng,
    /// Seeds the times of the stalls.
    stall_seed: u64,
    newest_arrival: Duration,
}

impl Lane {
    /// Both directions of a connection: with different delays, but the same stalls.
    pub(super) fn pair(rng: &mut Rng) -> (Self, Self) {
        let seed = rng.next();
        let (up, down) = (Rng::new(seed), rng.fork());
        let stall_seed = !seed;
        let lane = |rng| Self {
            rng,
            stall_seed,
            newest_arrival: Duration::ZERO,
        };
        (lane(up), lane(down))
    }

    /// The arrival time of a packet that is sent now.
    pub(super) fn arrival(&mut self, now: Duration, on: &Conditions, message: bool) -> Duration {
        let jitter = u64::try_from(on.jitter.as_nanos()).unwrap_or(u64::MAX);
        let mut at = now + on.latency + Duration::from_nanos(self.rng.up_to(jitter));
        let mut attempts = 0;
        while attempts < MAX_RETRANSMISSIONS && self.rng.chance(on.loss) {
            at += on.retransmission;
            attempts += 1;
        }
        at = self.end_of_stall(at, on.stall);
        if !(on.unordered && message) {
            at = at.max(self.newest_arrival);
        }
        self.newest_arrival = self.newest_arrival.max(at);
        at
    }

    /// The end of the stall in which `at` lies, or else `at`.
    fn end_of_stall(&self, at: Duration, length: Duration) -> Duration {
        let length = length.min(STALL_INTERVAL);
        let interval = at.as_secs() / STALL_INTERVAL.as_secs();
        let room = STALL_INTERVAL - length;
        let mut rng = Rng::new(self.stall_seed.wrapping_add(interval));
        let start = Duration::from_secs(interval * STALL_INTERVAL.as_secs())
            + Duration::from_nanos(rng.up_to(room.as_nanos() as u64));
        let end = start + length;
        if (start..end).contains(&at) { end } else { at }
    }

    /// The number of copies of a QoS 0 message that the broker delivers: 0, 1 or 2.
    pub(super) fn copies(&mut self, on: &Conditions) -> usize {
        if self.rng.chance(on.drop) {
            0
        } else {
            1 + usize::from(self.rng.chance(on.duplicate))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrivals(conditions: &Conditions, message: bool) -> Vec<Duration> {
        let (mut lane, _) = Lane::pair(&mut Rng::new(7));
        (0..200)
            .map(|i| lane.arrival(Duration::from_millis(10 * i), conditions, message))
            .collect()
    }

    #[test]
    fn a_lane_with_jitter_and_loss_keeps_its_order_unless_it_is_unordered() {
        let mut conditions = Conditions {
            latency: Duration::from_millis(20),
            jitter: Duration::from_millis(30),
            loss: 0.1,
            ..Conditions::PERFECT
        };
        assert!(arrivals(&conditions, true).is_sorted());
        conditions.unordered = true;
        assert!(!arrivals(&conditions, true).is_sorted());
        assert!(arrivals(&conditions, false).is_sorted());
    }

    #[test]
    fn loss_adds_delay_which_is_finite_at_a_loss_of_one() {
        let certain = Conditions {
            loss: 1.0,
            ..Conditions::PERFECT
        };
        assert_eq!(arrivals(&certain, true)[0], Duration::from_millis(16 * 200));
        assert_eq!(
            arrivals(&Conditions::PERFECT, true)[3],
            Duration::from_millis(30)
        );
    }

    #[test]
    fn both_directions_share_one_stall_per_interval() {
        let stalling = Conditions {
            stall: Duration::from_millis(500),
            ..Conditions::PERFECT
        };
        let (mut up, mut down) = Lane::pair(&mut Rng::new(7));
        let mut ends = Vec::new();
        for at in (0..60_000).step_by(10).map(Duration::from_millis) {
            let arrival = up.arrival(at, &stalling, true);
            assert_eq!(down.arrival(at, &stalling, true), arrival);
            assert!(arrival - at <= stalling.stall);
            if arrival > at && ends.last() != Some(&arrival) {
                ends.push(arrival);
            }
        }
        let intervals: Vec<_> = ends
            .iter()
            .map(|end| (end.as_secs_f64() - 0.5) as u64 / 10)
            .collect();
        assert_eq!(intervals, [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn conditions_are_set_in_milliseconds_and_percent() {
        let mut conditions = Conditions::PERFECT;
        for (name, value) in [
            ("latency", "60"),
            ("jitter", "20"),
            ("loss", "2.5"),
            ("stall", "500"),
        ] {
            assert!(Conditions::NAMES.contains(&name));
            conditions.set(name, value).unwrap();
        }
        let expected = Conditions {
            latency: Duration::from_millis(60),
            jitter: Duration::from_millis(20),
            loss: 0.025,
            stall: Duration::from_millis(500),
            ..Conditions::PERFECT
        };
        assert_eq!(conditions, expected);
    }

    #[test]
    fn an_invalid_condition_is_named_in_the_error_and_changes_nothing() {
        let check = |name: &str, value: &str, part: &str| {
            let mut conditions = Conditions::PERFECT;
            let error = conditions.set(name, value).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
            assert_eq!(conditions, Conditions::PERFECT);
        };
        check("latency", "", "latency must be milliseconds from 0 to 5000");
        check("jitter", "-1", "jitter must be milliseconds");
        check("stall", "5001", "stall must be milliseconds");
        check("stall", "1s", "\"1s\"");
        for value in ["101", "-1", "NaN", "inf", "2%", ""] {
            check("loss", value, "loss must be a percentage from 0 to 100");
        }
        check("latencies", "1", "none of latency, jitter, loss and stall");
    }
}
