//! The lifetime of a connection, as the connection and the broker's handle share it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use protocol::timing::HOST_LIVENESS;
use tokio::sync::Notify;

use crate::token::unix_time;

/// Until when a connection may live, and when it was last active.
#[derive(Default)]
pub(super) struct Lease {
    /// In seconds since 1970 (UTC).
    until: AtomicU64,
    /// Set for good when the connection is to end.
    ended: AtomicBool,
    /// When it last connected or published, in milliseconds on the broker's clock.
    active_ms: AtomicU64,
    changed: Notify,
}

impl Lease {
    /// Lets the connection live until `until`, in seconds since 1970 (UTC).
    pub(super) fn extend(&self, until: u64) {
        self.until.fetch_max(until, Ordering::Relaxed);
    }

    /// Ends the connection; its last will is published.
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
        self.changed.notify_one();
    }

    /// Whether the connection is open and was active within the last [`HOST_LIVENESS`].
    pub(super) fn is_active(&self, now_ms: u64) -> bool {
        let silence = now_ms.saturating_sub(self.active_ms.load(Ordering::Relaxed));
        !self.is_ended() && silence < HOST_LIVENESS.as_millis() as u64
    }

    /// Records that the connection is active now.
    pub(super) fn touch(&self, now_ms: u64) {
        self.active_ms.store(now_ms, Ordering::Relaxed);
    }

    pub(super) fn is_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Waits until it is ended or expires.
    pub(super) async fn ended(&self) {
        while !self.is_ended() {
            let left = self
                .until
                .load(Ordering::Relaxed)
                .saturating_sub(unix_time());
            if left == 0 {
                self.ended.store(true, Ordering::Relaxed);
            } else {
                // Checked again after a timeout too: it may have been extended.
                let _ =
                    tokio::time::timeout(Duration::from_secs(left), self.changed.notified()).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_active_until_it_is_silent_or_ended() {
        let lease = Lease::default();
        lease.touch(5_000);
        assert!(lease.is_active(5_000) && lease.is_active(5_999));
        assert!(!lease.is_active(6_000));
        lease.touch(6_000);
        assert!(lease.is_active(6_000));
        lease.end();
        assert!(!lease.is_active(6_000));
    }
}
