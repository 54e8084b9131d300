//! The house match: one that is always open, so that a visitor has somebody to play with.
//!
//! It is hosted as by `relay host`, by a thread of the server's own process.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use link::Conditions;
use netcode::HostOptions;

use headless::host;

/// What the list of open matches calls it.
const NAME: &str = "House";

/// How long to wait before opening it again after it failed.
const PAUSE: Duration = Duration::from_secs(2);

/// A running house match.
pub(crate) struct House {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl House {
    /// Opens the house match with this many bots on the relay at `url`, under the identity with
    /// this token.
    pub(crate) fn open(url: &str, bots: u8, identity: String) -> io::Result<Self> {
        let settings = host::Settings {
            url: url.into(),
            name: NAME.into(),
            bots,
            identity: Some(identity),
            options: HostOptions::default(),
            conditions: Conditions::PERFECT,
        };
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::Builder::new()
            .name("house".into())
            .spawn(move || keep_open(&settings, &stopped))?;
        Ok(Self { stop, thread })
    }

    /// Ends the match. Blocks until it is over.
    pub(crate) fn close(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.thread().unpark();
        // A panic has been reported by the thread itself.
        let _ = self.thread.join();
    }
}

fn keep_open(settings: &host::Settings, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let outcome = host::run(settings, stop, |ticket| {
            tracing::info!("the house match is open: {}", ticket.code);
        });
        if let Err(error) = outcome {
            tracing::warn!("the house match failed and opens again: {error}");
            thread::park_timeout(PAUSE);
        }
    }
}
