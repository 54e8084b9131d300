//! Whose limits the broker enforces: its own, or those of AWS IoT Core too.
//!
//! AWS counts what a connection sends and receives together, and discards what is too much; so
//! does this. It deliberately does not check again what no ticket allows anyway: payloads of
//! 128 KiB, more than seven slashes in a topic, and filters with wildcards, which AWS gives no
//! retained message. Nor does it slow a connection down to AWS's 512 KB a second, which would take
//! messages of more than 5 KB.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::ValueEnum;

/// Messages that AWS carries for one connection in a second, both ways together.
const MESSAGES: usize = 100;

/// Filters that AWS takes in one SUBSCRIBE.
const FILTERS: usize = 8;

/// Retained messages that AWS takes for one topic in a second. A connection has one such topic.
const RETAINED: usize = 1;

/// AWS takes one CONNECT with a client id in this time.
pub(super) const CONNECT_PAUSE: Duration = Duration::from_secs(1);

/// Whose limits the broker enforces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// Its own.
    #[default]
    Own,
    /// Those of AWS IoT Core too: a match that runs under them runs there.
    Aws,
}

/// What one connection may still do under AWS's limits.
#[derive(Debug)]
pub(super) struct Allowance {
    /// Publishes and deliveries.
    pub(super) messages: Budget,
    /// Retained publishes.
    pub(super) retained: Budget,
    /// Filters so far in the SUBSCRIBE that is being answered.
    filters: AtomicUsize,
}

impl Allowance {
    /// What a connection may do under the profile; `None` is whatever it likes.
    pub(super) fn of(profile: Profile) -> Option<Self> {
        (profile == Profile::Aws).then(|| Self {
            messages: Budget::new(MESSAGES),
            retained: Budget::new(RETAINED),
            filters: AtomicUsize::new(0),
        })
    }

    /// Counts a filter of a SUBSCRIBE; `false` if it is one too many.
    pub(super) fn add_filter(&self) -> bool {
        self.filters.fetch_add(1, Ordering::Relaxed) < FILTERS
    }

    /// The SUBSCRIBE has been answered.
    pub(super) fn end_filters(&self) {
        self.filters.store(0, Ordering::Relaxed);
    }
}

/// So many messages in any second.
#[derive(Debug)]
pub(super) struct Budget {
    limit: usize,
    /// When each message of the last second was counted, oldest first.
    spent: Mutex<VecDeque<Instant>>,
}

impl Budget {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            spent: Mutex::default(),
        }
    }

    /// Counts a message; `false`, and it does not count, if the last second has no room for it.
    pub(super) fn take(&self, now: Instant) -> bool {
        // Each change to it is whole, so a panic elsewhere leaves it good.
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
