//! An in-process broker with manual time and a seeded network, for tests and simulated scenarios.
//!
//! Equal seeds, calls and times give equal deliveries. It implements exact topics, retained
//! messages, last wills, session takeover by client id, and the message order of each connection.
//! Only [`Broker::advance`] moves its time; the `now` of [`Link::poll`] is ignored.
//!
//! Non-goals: wildcards, sessions that outlive a connection, and a clock.

mod connection;
mod state;

use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::connection::{Packet, Publish};
use self::state::State;
use super::{CLOSED_HERE, Connect, Event, Link, Qos};
use rng::Rng;

pub use self::connection::ConnectionTraffic;
pub use self::state::Access;
pub use super::conditions::Conditions;

/// A broker and the network around it; clones are handles of the same one.
///
/// Calls with a client id affect the newest connection of that client, and do nothing if there is
/// none.
#[derive(Clone)]
pub struct Broker {
    state: Arc<Mutex<State>>,
}

impl Broker {
    /// A broker at time zero. New connections have `conditions`.
    #[must_use]
    pub fn new(seed: u64, conditions: Conditions) -> Self {
        Self {
            state: Arc::new(Mutex::new(State::new(Rng::new(seed), conditions))),
        }
    }

    /// Advances the time to `now` and delivers all packets that arrive until then. An earlier `now`
    /// changes nothing.
    pub fn advance(&self, now: Duration) {
        self.state().advance(now);
    }

    /// The broker's time.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.state().now()
    }

    /// Advances the time to `now` and starts a connection. Of `connect`, only client id and will are
    /// used.
    #[must_use]
    pub fn connect(&self, connect: &Connect, now: Duration) -> Socket {
        let mut state = self.state();
        state.advance(now);
        let id = state.open(connect.client_id.clone(), connect.will.clone());
        drop(state);
        Socket {
            broker: self.clone(),
            id,
            open: true,
        }
    }

    /// Sets the function that decides whether a client (by its id) has a right on a topic. Without
    /// one, everything is allowed.
    ///
    /// A forbidden publish is ignored, a forbidden subscription is refused, and a connection with a
    /// forbidden will is closed.
    pub fn set_grants(&self, grants: impl Fn(&str, Access, &str) -> bool + Send + 'static) {
        self.state().set_grants(Box::new(grants));
    }

    /// Sets the conditions of a client's connection from now on.
    pub fn set_conditions(&self, client_id: &str, conditions: Conditions) {
        self.state().set_conditions(client_id, conditions);
    }

    /// Sets the conditions of all connections, present and future.
    pub fn set_all_conditions(&self, conditions: Conditions) {
        self.state().set_all_conditions(conditions);
    }

    /// Holds all packets from and to a client for `length`, then delivers them at once.
    ///
    /// A stall of more than 1.5 times [`KEEP_ALIVE`](super::KEEP_ALIVE) ends the connection and
    /// publishes its will.
    pub fn stall(&self, client_id: &str, length: Duration) {
        self.state().stall(client_id, length);
    }

    /// Cuts a client's connection at the broker, which publishes its will at once.
    pub fn kill(&self, client_id: &str) {
        self.state().kill(client_id);
    }

    /// Publishes as the broker itself: grants do not apply and no connection is needed.
    pub fn publish(&self, topic: &str, payload: &[u8], retain: bool) {
        self.state().route(&Publish {
            topic: topic.into(),
            payload: payload.into(),
            qos: Qos::AtLeastOnce,
            retain,
        });
    }

    /// The retained message of a topic.
    #[must_use]
    pub fn retained(&self, topic: &str) -> Option<Vec<u8>> {
        self.state().retained(topic)
    }

    /// The traffic of a client's newest connection.
    #[must_use]
    pub fn traffic(&self, client_id: &str) -> ConnectionTraffic {
        self.state().traffic(client_id)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A client's end of a connection to a [`Broker`].
pub struct Socket {
    broker: Broker,
    id: u64,
    open: bool,
}

impl Socket {
    fn send(&self, packet: Packet) {
        self.broker.state().send_up(self.id, packet);
    }
}

fn owned(topics: &[&str]) -> Vec<String> {
    topics.iter().map(|&topic| topic.into()).collect()
}

impl Link for Socket {
    fn poll(&mut self, _now: Duration) -> Option<Event> {
        self.broker.state().take_event(self.id)
    }

    fn subscribe(&mut self, topics: &[&str]) {
        self.send(Packet::Subscribe(owned(topics)));
    }

    fn unsubscribe(&mut self, topics: &[&str]) {
        self.send(Packet::Unsubscribe(owned(topics)));
    }

    fn publish(&mut self, topic: &str, payload: &[u8], qos: Qos, retain: bool) {
        self.send(Packet::Publish(Publish {
            topic: topic.into(),
            payload: payload.into(),
            qos,
            retain,
        }));
    }

    fn close(&mut self) {
        if self.open {
            self.open = false;
            self.send(Packet::Disconnect);
            self.broker.state().report_closed(self.id, CLOSED_HERE);
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.open {
            self.send(Packet::Vanish);
        }
        self.broker.state().abandon(self.id);
    }
}
