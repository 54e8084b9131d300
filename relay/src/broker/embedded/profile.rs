//! The limits that the broker enforces: its own, or also those of AWS IoT Core.
//!
//! As AWS does, this counts a connection's incoming and outgoing messages together, and discards
//! those beyond the rate.
//!
//! Non-goals: limits that no ticket can exceed, such as payloads of 128 KiB, seven slashes in a topic
//! and filters with wildcards; and AWS's 512 KB per second and connection, which only messages of
//! more than 5 KB would reach.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::ValueEnum;

/// AWS's limit of messages per second and connection, in both directions together.
const MESSAGES: usize = 100;

/// AWS's limit of filters in one SUBSCRIBE.
const FILTERS: usize = 8;

/// AWS's limit of retained messages per second and topic. A connection has one such topic.
const RETAINED: usize = 1;

/// AWS's least time between two CONNECTs with the same client id.
pub(super) const CONNECT_PAUSE: Duration = Duration::from_secs(1);

/// The limits that the broker enforces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// Its own limits.
    #[default]
    Own,
    /// Also those of AWS IoT Core: a match that runs within them runs there.
    Aws,
}

/// The remaining allowance of one connection under AWS's limits.
#[derive(Debug)]
pub(super) struct Allowance {
    /// Publishes and deliveries.
    pub(super) messages: Budget,
    /// Retained publishes.
    pub(super) retained: Budget,
    /// Filters so far in the present SUBSCRIBE.
    filters: AtomicUsize,
}

impl Allowance {
    /// The allowance of a new connection under the profile; `None` is unlimited.
    pub(super) fn of(profile: Profile) -> Option<Self> {
        (profile == Profile::Aws).then(|| Self {
            messages: Budget::new(MESSAGES),
            retained: Budget::new(RETAINED),
            filters: AtomicUsize::new(0),
        })
    }

    /// Counts a filter of a SUBSCRIBE; returns `false` if it is one too many.
    pub(super) fn add_filter(&self) -> bool {
        self.filters.fetch_add(1, Ordering::Relaxed) < FILTERS
    }

    /// The SUBSCRIBE has been answered.
    pub(super) fn end_filters(&self) {
        self.filters.store(0, Ordering::Relaxed);
    }
}

/// A limit of messages in any second.
#[derive(Debug)]
pub(super) struct Budget {
    limit: usize,
    /// The times of the messages of the last second, oldest first.
    spent: Mutex<VecDeque<Instant>>,
}

impl Budget {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            spent: Mutex::default(),
        }
    }

    /// Counts a message; returns `false`, without counting it, if the last second is full.
    pub(super) fn take(&self, now: Instant) -> bool {
        // Valid even after a panic: every change is a single push or pop.
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        while spent
            .front()
            .is_some_and(|&then| now.saturating_duration_since(then) >= Duration::from_secs(1))
        {
            spent.pop_front();
        }
        let room = spent.len() < self.limit;
        if room {
            spent.push_back(now);
        }
        room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_holds_more_than_its_budget() {
        let budget = Budget::new(3);
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let taken: Vec<bool> = [0, 10, 900, 999, 1_000, 1_009, 1_010, 1_500, 1_900]
            .into_iter()
            .map(|ms| budget.take(at(ms)))
            .collect();
        assert_eq!(
            taken,
            [true, true, true, false, true, false, true, false, true]
        );
    }

    #[test]
    fn each_subscribe_may_hold_eight_filters() {
        let allowance = Allowance::of(Profile::Aws).unwrap();
        assert!((0..8).all(|_| allowance.add_filter()));
        assert!(!allowance.add_filter());
        allowance.end_filters();
        assert!(allowance.add_filter());
        assert!(Allowance::of(Profile::Own).is_none());
    }
}
