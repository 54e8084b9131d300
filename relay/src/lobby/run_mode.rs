//! Whether the relay runs continuously, and what time it is for its matches.

use std::time::{Duration, Instant, SystemTime};

use protocol::membership::Moment;

/// How the relay's process runs.
#[derive(Clone, Copy)]
pub(super) enum RunMode {
    /// Until it is shut down. Its clock does not jump with the system's.
    Continuous {
        /// When it started, since 1970 (UTC).
        up: Duration,
        started: Instant,
    },
    /// As a serverless instance: only while it answers a request, beside other instances. One of
    /// them is always reachable, so that no time counts as downtime.
    Serverless,
}

impl RunMode {
    /// A process that starts now.
    pub(super) fn continuous() -> Self {
        Self::Continuous {
            up: since_1970(),
            started: Instant::now(),
        }
    }

    /// The present moment.
    pub(super) fn now(self) -> Moment {
        match self {
            Self::Continuous { up, started } => Moment {
                now: up + started.elapsed(),
                up,
            },
            Self::Serverless => Moment {
                now: since_1970(),
                up: Duration::ZERO,
            },
        }
    }
}

fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}
