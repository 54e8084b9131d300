//! The queues that the network thread and a socket share.
//!
//! A mutex and a condition variable instead of a channel: the socket can wait for an event without
//! removing it, and one wake-up delivers a message.
//!
//! Non-goals: requests to the network thread; rumqttc has a channel for them.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::Event;

/// The most events that wait to be polled before messages are dropped: more than a minute of a
/// match.
const CAPACITY: usize = 4096;

/// The events to poll, and the subscriptions to send.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    state: Mutex<State>,
    ready: Condvar,
    subscriptions: Mutex<VecDeque<Vec<String>>>,
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
    /// Queues an event, unless the link is closed; drops a message if the queue is full.
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

    /// Queues [`Event::Closed`]; all later events are ignored.
    pub(super) fn close(&self, reason: String) {
        self.push(Event::Closed { reason });
    }

    /// Removes the oldest event.
    pub(super) fn pop(&self) -> Option<Event> {
        lock(&self.state).events.pop_front()
    }

    /// Waits for an event without removing it; returns whether there is one.
    pub(super) fn wait(&self, timeout: Duration) -> bool {
        let state = lock(&self.state);
        let (state, _) = self
            .ready
            .wait_timeout_while(state, timeout, |state| state.events.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        !state.events.is_empty()
    }

    /// Waits until the link is closed.
    pub(super) fn wait_closed(&self, timeout: Duration) {
        let state = lock(&self.state);
        drop(
            self.ready
                .wait_timeout_while(state, timeout, |state| !state.closed),
        );
    }

    /// The number of messages dropped because the queue was full.
    pub(super) fn dropped(&self) -> u64 {
        lock(&self.state).dropped
    }

    /// The topics of each subscription that is requested but not sent, in order.
    pub(super) fn subscriptions(&self) -> MutexGuard<'_, VecDeque<Vec<String>>> {
        lock(&self.subscriptions)
    }
}
