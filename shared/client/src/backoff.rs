//! Exponential back-off with jitter between attempts.
//!
//! Non-goals: the attempts themselves, and a clock.

use core::time::Duration;

use protocol::timing::{FIRST_RECONNECT_PAUSE, LONGEST_RECONNECT_PAUSE};

/// The number of attempts after which the pause does not grow.
const MAX_ATTEMPTS: u32 = 5;

/// The earliest time of the next attempt. Times are durations since any fixed origin.
#[derive(Debug)]
pub struct Backoff {
    /// Attempts since the last success.
    attempts: u32,
    until: Duration,
}

impl Backoff {
    /// Allows an attempt at `now`.
    #[must_use]
    pub const fn new(now: Duration) -> Self {
        Self {
            attempts: 0,
            until: now,
        }
    }

    /// Whether an attempt is allowed.
    #[must_use]
    pub fn is_over(&self, now: Duration) -> bool {
        now >= self.until
    }

    /// Notes a failure or an attempt: starts the next pause, which is longer than the last one and
    /// depends on `jitter_seed`.
    pub fn wait(&mut self, now: Duration, jitter_seed: u64) {
        let longest = FIRST_RECONNECT_PAUSE * 2_u32.saturating_pow(self.attempts);
        self.attempts = (self.attempts + 1).min(MAX_ATTEMPTS);
        let spread = jitter_seed.wrapping_mul(u64::from(self.attempts) * 2 + 1);
        let longest = longest.min(LONGEST_RECONNECT_PAUSE);
        self.until = now + longest / 2 + longest / 2 * (spread % 256) as u32 / 256;
    }

    /// Notes a success: the next pause has its initial length again.
    pub const fn reset(&mut self) {
        self.attempts = 0;
    }
}
