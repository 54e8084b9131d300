//! The answer to a call, once it is there.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::LobbyError;

/// The outcome of a call that may still be under way; dropping it abandons the outcome, not the
/// call.
#[derive(Debug)]
pub struct Reply<T> {
    slot: Arc<Slot<T>>,
}

impl<T> Reply<T> {
    /// A reply, and where its outcome is left once it is known.
    #[must_use]
    pub fn pending() -> (Self, Answer<T>) {
        let slot = Arc::new(Slot {
            outcome: Mutex::new(None),
            filled: Condvar::new(),
        });
        let answer = Answer {
            slot: Arc::clone(&slot),
        };
        (Self { slot }, answer)
    }

    /// The outcome, once, as soon as it is there.
    pub fn poll(&mut self) -> Option<Result<T, LobbyError>> {
        self.slot.lock().take()
    }

    /// Blocks until the outcome is there, at most some ten seconds.
    ///
    /// For programs without a frame loop. A browser must not block its one thread: there,
    /// [`poll`](Self::poll).
    ///
    /// # Errors
    ///
    /// Those of the call.
    pub fn wait(self) -> Result<T, LobbyError> {
        let mut outcome = self.slot.lock();
        loop {
            if let Some(outcome) = outcome.take() {
                return outcome;
            }
            outcome = self
                .slot
                .filled
                .wait(outcome)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// The other end of a [`Reply`].
#[derive(Debug)]
pub struct Answer<T> {
    slot: Arc<Slot<T>>,
}

impl<T> Answer<T> {
    /// Leaves the outcome.
    pub fn fill(self, outcome: Result<T, LobbyError>) {
        *self.slot.lock() = Some(outcome);
        self.slot.filled.notify_all();
    }
}

/// Where the call leaves its outcome.
#[derive(Debug)]
struct Slot<T> {
    outcome: Mutex<Option<Result<T, LobbyError>>>,
    filled: Condvar,
}

impl<T> Slot<T> {
    fn lock(&self) -> MutexGuard<'_, Option<Result<T, LobbyError>>> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
