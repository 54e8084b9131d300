//! What was seen of a connection over the last ten seconds.
//!
//! It is told the time and the numbers in each frame; it draws nothing.

use core::time::Duration;
use std::collections::VecDeque;

use bevy::prelude::Resource;
use shared::peer::Traffic;
use shared::session::Health;

/// The time that is seen as one.
const MOMENT: Duration = Duration::from_millis(250);

/// How many moments are remembered: ten seconds.
pub(super) const MOMENTS: usize = 40;

/// What a moment was like.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Moment {
    /// The longest time without a delta.
    pub(super) gap: Duration,
    /// The least slack.
    pub(super) slack: i8,
    /// Whether a delta changed what had been predicted.
    pub(super) corrected: bool,
}

/// The last moments, and the traffic.
#[derive(Resource, Default)]
pub(super) struct Record {
    /// Oldest first; the last one is not over.
    moments: VecDeque<Moment>,
    /// Which one that is, since time zero.
    number: u128,
    /// As of the last frame.
    health: Health,
    rates: Traffic,
    /// When the rates were measured, and the traffic until then.
    measured: (Duration, Traffic),
}

impl Record {
    /// The last ten seconds, oldest first.
    pub(super) fn moments(&self) -> impl DoubleEndedIterator<Item = &Moment> + ExactSizeIterator {
        self.moments.iter()
    }

    /// What went over the link in a second.
    pub(super) fn rates(&self) -> Traffic {
        self.rates
    }

    /// Takes down how things are at `now`.
    pub(super) fn observe(&mut self, now: Duration, health: Health, traffic: Traffic) {
        let number = now.as_millis() / MOMENT.as_millis();
        if self.moments.is_empty() {
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
        if let Some(moment) = self.moments.back_mut() {
            moment.gap = moment.gap.max(gap);
            moment.slack = moment.slack.min(health.slack);
            moment.corrected |= health.corrections != self.health.corrections;
        }
        self.health = health;
        self.measure(now, traffic);
    }

    fn begin(&mut self, number: u128, health: Health) {
        self.number = number;
        if self.moments.len() == MOMENTS {
            self.moments.pop_front();
        }
        self.moments.push_back(Moment {
            slack: health.slack,
            ..Moment::default()
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
    fn a_stall_grows_in_the_graph_while_it_lasts() {
        let mut record = Record::default();
        let mut health = Health::default();
        let mut observe = |now: u64, came: u64| {
            health.last_delta = Some(ms(came));
            record.observe(ms(now), health, Traffic::default());
            record.moments().next_back().unwrap().gap
        };
        observe(10_000, 9_990);
        assert_eq!(observe(10_050, 10_040), ms(50));
        assert_eq!(observe(10_600, 10_040), ms(560));
        assert_eq!(observe(10_860, 10_850), ms(810));
        assert_eq!(observe(11_000, 10_990), ms(140));
    }

    #[test]
    fn it_remembers_ten_seconds_and_where_a_prediction_was_corrected() {
        let mut record = Record::default();
        let mut health = Health::default();
        for now in (0..60_000).step_by(16) {
            if now > 55_000 {
                health.corrections = 1;
            }
            record.observe(ms(now), health, Traffic::default());
        }
        assert_eq!(MOMENT * record.moments().len() as u32, ms(10_000));
        let corrected = record.moments().filter(|moment| moment.corrected);
        assert_eq!(corrected.count(), 1);
    }

    #[test]
    fn rates_are_those_of_the_last_second() {
        let mut record = Record::default();
        let mut traffic = Traffic::default();
        for now in (5_000..20_000).step_by(100) {
            record.observe(ms(now), Health::default(), traffic);
            traffic.messages_in += 2;
            traffic.bytes_in += 100;
        }
        let expected = Traffic {
            messages_in: 20,
            bytes_in: 1000,
            ..Traffic::default()
        };
        assert_eq!(record.rates(), expected);
    }
}
