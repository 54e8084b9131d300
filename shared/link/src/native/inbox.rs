//! What the network thread and the owner of a socket share.
//!
//! It deliberately is a lock and a condition variable instead of a channel: the owner waits
//! without taking, and a message is one wake-up away from it.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::Event;

/// Messages that wait to be polled before new ones are dropped: more than a minute of a match.
const CAPACITY: usize = 4096;

/// Events that wait to be polled, and subscriptions that wait to be sent.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    state: Mutex<State>,
    ready: Condvar,
    asked: Mutex<VecDeque<Vec<String>>>,
}

#[derive(Debug, Default)]
struct State {
    events: VecDeque<Event>,
    closed: bool,
    dropped: u64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inbox {
    /// Reports an event, unless the link has been closed; drops a message if too many wait.
    pub(super) fn push(&self, event: Event) {
        let mut state = lock(&self.state);
        if state.closed {
            return;
        }
        if state.events.len() >= CAPACITY && matches!(event, Event::Message { .. }) {
            state.dropped += 1;
            return;
        }
        state.closed = matches!(event, Event::Closed { .. });
        state.events.push_back(event);
        drop(state);
        self.ready.notify_all();
    }

    /// Reports the end; later events, another end among them, are ignored.
    pub(super) fn close(&self, reason: String) {
        self.push(Event::Closed { reason });
    }

    /// Takes the oldest event.
    pub(super) fn pop(&self) -> Option<Event> {
        lock(&self.state).events.pop_front()
    }

    /// Waits for an event without taking it.
    pub(super) fn wait(&self, timeout: Duration) -> bool {
        let state = lock(&self.state);
        let (state, _) = self
            .ready
            .wait_timeout_while(state, timeout, |state| state.events.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        !state.events.is_empty()
    }

    /// Waits for the end.
    pub(super) fn wait_closed(&self, timeout: Duration) {
        let state = lock(&self.state);
        drop(
            self.ready
                .wait_timeout_while(state, timeout, |state| !state.closed),
        );
    }

    /// Messages that found no room.
    pub(super) fn dropped(&self) -> u64 {
        lock(&self.state).dropped
    }

    /// The topics of each subscription that is queued but not sent, in order.
    pub(super) fn asked(&self) -> MutexGuard<'_, VecDeque<Vec<String>>> {
        lock(&self.asked)
    }
}
