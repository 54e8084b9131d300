//! A one-shot channel for the outcome of a call, which is polled or waited for.
//!
//! Non-goals: cancelling the call.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::error::LobbyError;

/// The receiver of the outcome of a call. Dropping it discards the outcome, but does not cancel the
/// call.
#[derive(Debug)]
pub struct Reply<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Reply<T> {
    /// A reply without an outcome, and the sender of its outcome.
    #[must_use]
    pub fn pending() -> (Self, Answer<T>) {
        let shared = Arc::new(Shared {
            outcome: Mutex::new(None),
            filled: Condvar::new(),
        });
        let answer = Answer {
            shared: Arc::clone(&shared),
        };
        (Self { shared }, answer)
    }

    /// Removes and returns the outcome, if it is known.
    pub fn poll(&mut self) -> Option<Result<T, LobbyError>> {
        self.shared.lock().take()
    }

    /// Blocks until the outcome is known, for at most about ten seconds.
    ///
    /// For programs without a frame loop. A browser must not block its only thread; use
    /// [`poll`](Self::poll) there.
    ///
    /// # Errors
    ///
    /// Those of the call.
    pub fn wait(self) -> Result<T, LobbyError> {
        let mut outcome = self.shared.lock();
        loop {
            if let Some(outcome) = outcome.take() {
                return outcome;
            }
            outcome = self
                .shared
                .filled
                .wait(outcome)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// The sender of the outcome of a [`Reply`].
#[derive(Debug)]
pub struct Answer<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Answer<T> {
    /// Sets the outcome.
    pub fn fill(self, outcome: Result<T, LobbyError>) {
        *self.shared.lock() = Some(outcome);
        self.shared.filled.notify_all();
    }
}

/// The state that both ends share.
#[derive(Debug)]
struct Shared<T> {
    outcome: Mutex<Option<Result<T, LobbyError>>>,
    filled: Condvar,
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, Option<Result<T, LobbyError>>> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
