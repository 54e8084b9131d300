//! When a packet arrives: seeded latency, jitter, loss and duplication.
//!
//! It models what MQTT's TCP connection makes of a bad network: loss is delay, and delay holds up
//! all that follows.

use core::time::Duration;

/// The network between one client and the broker; each direction has it separately.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conditions {
    /// The least one-way delay.
    pub latency: Duration,
    /// Up to this much is added to each packet's delay, uniformly.
    pub jitter: Duration,
    /// How likely a packet must be sent again, `0.0..=1.0`; it never disappears.
    pub loss: f64,
    /// What each retransmission adds to the delay.
    pub retransmission: Duration,
    /// How likely the broker drops a QoS 0 message for good, `0.0..=1.0`.
    pub drop: f64,
    /// How likely the broker delivers a QoS 0 message twice, `0.0..=1.0`.
    pub duplicate: f64,
    /// Whether messages may overtake each other, as on a broker that is a cluster.
    pub unordered: bool,
}

impl Conditions {
    /// Everything arrives at the instant at which it is sent.
    pub const PERFECT: Self = Self {
        latency: Duration::ZERO,
        jitter: Duration::ZERO,
        loss: 0.0,
        retransmission: Duration::from_millis(200),
        drop: 0.0,
        duplicate: 0.0,
        unordered: false,
    };
}

impl Default for Conditions {
    fn default() -> Self {
        Self::PERFECT
    }
}

/// A packet is retransmitted at most this often, so that a loss of 1 still is finite.
const MAX_RETRANSMISSIONS: u32 = 16;

/// One direction of a connection.
pub(super) struct Lane {
    rng: Rng,
    newest_arrival: Duration,
}

impl Lane {
    pub(super) fn new(rng: Rng) -> Self {
        Self {
            rng,
            newest_arrival: Duration::ZERO,
        }
    }

    /// When a packet that is sent now arrives.
    pub(super) fn arrival(&mut self, now: Duration, on: &Conditions, message: bool) -> Duration {
        let jitter = u64::try_from(on.jitter.as_nanos()).unwrap_or(u64::MAX);
        let mut at = now + on.latency + Duration::from_nanos(self.rng.up_to(jitter));
        let mut attempts = 0;
        while attempts < MAX_RETRANSMISSIONS && self.rng.chance(on.loss) {
            at += on.retransmission;
            attempts += 1;
        }
        if !(on.unordered && message) {
            at = at.max(self.newest_arrival);
        }
        self.newest_arrival = self.newest_arrival.max(at);
        at
    }

    /// How many copies of a QoS 0 message the broker delivers.
    pub(super) fn copies(&mut self, on: &Conditions) -> usize {
        if self.rng.chance(on.drop) {
            0
        } else {
            1 + usize::from(self.rng.chance(on.duplicate))
        }
    }
}

/// `SplitMix64`: the same numbers on every machine and in every version, which a library's small
/// generator does not promise.
pub(super) struct Rng(u64);

impl Rng {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A generator of its own for a part of the simulation, so that parts do not disturb others.
    pub(super) fn fork(&mut self) -> Self {
        Self(self.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in `0..=most`.
    fn up_to(&mut self, most: u64) -> u64 {
        let wide = u128::from(self.next()) * (u128::from(most) + 1);
        (wide >> 64) as u64
    }

    /// True with this probability. Draws a number only if there is a doubt, so that switching a
    /// condition on does not change what the others do.
    fn chance(&mut self, probability: f64) -> bool {
        probability > 0.0 && (self.next() >> 11) as f64 / (1_u64 << 53) as f64 <= probability
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrivals(conditions: &Conditions, message: bool) -> Vec<Duration> {
        let mut lane = Lane::new(Rng::new(7));
        (0..200)
            .map(|i| lane.arrival(Duration::from_millis(10 * i), conditions, message))
            .collect()
    }

    #[test]
    fn a_jittery_lossy_lane_keeps_its_order_unless_told_otherwise() {
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
    fn loss_is_delay_and_certain_loss_is_finite() {
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
    fn numbers_stay_in_range_and_reach_both_ends() {
        let mut rng = Rng::new(1);
        let drawn: Vec<_> = (0..200).map(|_| rng.up_to(3)).collect();
        assert!(drawn.contains(&0) && drawn.contains(&3));
        assert!(drawn.iter().all(|&number| number <= 3));
    }
}
