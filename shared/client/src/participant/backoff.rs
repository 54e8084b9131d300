//! Exponential back-off with jitter between attempts.

use core::time::Duration;

use protocol::timing::{FIRST_RECONNECT_PAUSE, LONGEST_RECONNECT_PAUSE};

/// Doublings after which the pause does not grow.
const MAX_ATTEMPTS: u32 = 5;

/// When the next attempt is allowed.
#[derive(Debug)]
pub(super) struct Backoff {
    /// Attempts since the last success.
    attempts: u32,
    until: Duration,
}

impl Backoff {
    pub(super) const fn new(now: Duration) -> Self {
        Self {
            attempts: 0,
            until: now,
        }
    }

    /// Whether an attempt is allowed.
    pub(super) fn is_over(&self, now: Duration) -> bool {
        now >= self.until
    }

    /// Forbids attempts for a while: longer after each attempt, and different for each
    /// `jitter_seed`.
    pub(super) fn wait(&mut self, now: Duration, jitter_seed: u64) {
        let longest = FIRST_RECONNECT_PAUSE * 2_u32.saturating_pow(self.attempts);
        self.attempts = (self.attempts + 1).min(MAX_ATTEMPTS);
        let spread = jitter_seed.wrapping_mul(u64::from(self.attempts) * 2 + 1);
        let longest = longest.min(LONGEST_RECONNECT_PAUSE);
        self.until = now + longest / 2 + longest / 2 * (spread % 256) as u32 / 256;
    }

    /// Notes a success: the next pause is the first one again.
    pub(super) const fn reset(&mut self) {
        self.attempts = 0;
    }
}
