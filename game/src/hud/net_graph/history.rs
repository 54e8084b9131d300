//! The health of a connection over the last ten seconds.
//!
//! Time and numbers are passed in; non-goals: drawing.

use core::time::Duration;
use std::collections::VecDeque;

use bevy::prelude::Resource;
use client::peer::Traffic;
use netcode::Health;

/// The length of a sample.
const SAMPLE_LENGTH: Duration = Duration::from_millis(250);

/// How many samples are kept: ten seconds.
pub(super) const SAMPLES: usize = 40;

/// The worst numbers in the length of a sample.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sample {
    /// The longest time without a delta.
    pub(super) gap: Duration,
    /// The least slack.
    pub(super) slack: i8,
    /// Whether a delta changed what had been predicted.
    pub(super) corrected: bool,
}

/// The last samples, and the traffic.
#[derive(Resource, Default)]
pub(super) struct NetHistory {
    /// Oldest first; the last one is not complete.
    samples: VecDeque<Sample>,
    /// The number of the last sample, since time zero.
    number: u128,
    /// As of the last frame.
    health: Health,
    rates: Traffic,
    /// When the rates were measured, and the traffic until then.
    measured: (Duration, Traffic),
}

impl NetHistory {
    /// The last ten seconds, oldest first.
    pub(super) fn samples(&self) -> impl DoubleEndedIterator<Item = &Sample> + ExactSizeIterator {
        self.samples.iter()
    }

    /// What went over the link in a second.
    pub(super) fn rates(&self) -> Traffic {
        self.rates
    }

    /// Takes the numbers at `now`.
    pub(super) fn observe(&mut self, now: Duration, health: Health, traffic: Traffic) {
        let number = now.as_millis() / SAMPLE_LENGTH.as_millis();
        if self.samples.is_empty() {
            self.health = health;
            self.measured = (now, traffic);
            self.begin(number, health);
        } else if self.number != number {
            self.begin(number, health);
        }
        let came = health
            .last_delta
            .filter(|_| health.last_delta != self.health.last_delta);
        let gap = self.health.last_delta.map_or(Duration::ZERO, |before| {
            came.unwrap_or(now).saturating_sub(before)
        });
        if let Some(sample) = self.samples.back_mut() {
            sample.gap = sample.gap.max(gap);
            sample.slack = sample.slack.min(health.slack);
            sample.corrected |= health.corrections != self.health.corrections;
        }
        self.health = health;
        self.measure(now, traffic);
    }

    fn begin(&mut self, number: u128, health: Health) {
        self.number = number;
        if self.samples.len() == SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back(Sample {
            slack: health.slack,
            ..Sample::default()
        });
    }

    fn measure(&mut self, now: Duration, traffic: Traffic) {
        let (then, earlier) = self.measured;
        let millis = now.saturating_sub(then).as_millis() as u64;
        if millis < 1000 {
            return;
        }
        let carried = traffic.since(earlier);
        let rate = |count: u64| count * 1000 / millis;
        self.rates = Traffic {
            messages_in: rate(carried.messages_in),
            messages_out: rate(carried.messages_out),
            bytes_in: rate(carried.bytes_in),
            bytes_out: rate(carried.bytes_out),
        };
        self.measured = (now, traffic);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn a_gap_grows_while_it_lasts() {
        let mut history = NetHistory::default();
        let mut health = Health::default();
        let mut observe = |now: u64, came: u64| {
            health.last_delta = Some(ms(came));
            history.observe(ms(now), health, Traffic::default());
            history.samples().next_back().unwrap().gap
        };
        observe(10_000, 9_990);
        assert_eq!(observe(10_050, 10_040), ms(50));
        assert_eq!(observe(10_600, 10_040), ms(560));
        assert_eq!(observe(10_860, 10_850), ms(810));
        assert_eq!(observe(11_000, 10_990), ms(140));
    }

    #[test]
    fn it_keeps_ten_seconds_and_the_corrections_in_them() {
        let mut history = NetHistory::default();
        let mut health = Health::default();
        for now in (0..60_000).step_by(16) {
            if now > 55_000 {
                health.corrections = 1;
            }
            history.observe(ms(now), health, Traffic::default());
        }
        assert_eq!(SAMPLE_LENGTH * history.samples().len() as u32, ms(10_000));
        let corrected = history.samples().filter(|sample| sample.corrected);
        assert_eq!(corrected.count(), 1);
    }

    #[test]
    fn rates_are_those_of_the_last_second() {
        let mut history = NetHistory::default();
        let mut traffic = Traffic::default();
        for now in (5_000..20_000).step_by(100) {
            history.observe(ms(now), Health::default(), traffic);
            traffic.messages_in += 2;
            traffic.bytes_in += 100;
        }
        let expected = Traffic {
            messages_in: 20,
            bytes_in: 1000,
            ..Traffic::default()
        };
        assert_eq!(history.rates(), expected);
    }
}
