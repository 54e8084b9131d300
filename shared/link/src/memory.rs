//! An in-process broker with manual time and a seeded network, for tests and simulated scenarios.
//!
//! Equal seeds, calls and times give equal deliveries. It keeps MQTT's rules that a match lives
//! by: exact topics, retained messages, last wills, takeover by client id, and each connection's
//! order. It deliberately has no wildcard, no session that outlives a connection, and no clock:
//! only [`Broker::advance`] moves its time, and the `now` of [`Link::poll`] is not looked at.

mod state;

use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::state::{Packet, Publish, State};
use super::{CLOSED_HERE, Connect, Event, Link, Qos};
use rng::Rng;

pub use self::state::{Access, Traffic};
pub use super::conditions::Conditions;

/// A broker and the network around it; clones are handles of the same one.
///
/// Calls that name a client concern its newest connection, and do nothing if there is none.
#[derive(Clone)]
pub struct Broker {
    state: Arc<Mutex<State>>,
}

impl Broker {
    /// A broker at time zero, whose connections start with `conditions`.
    #[must_use]
    pub fn new(seed: u64, conditions: Conditions) -> Self {
        Self {
            state: Arc::new(Mutex::new(State::new(Rng::new(seed), conditions))),
        }
    }

    /// Moves time to `now` and delivers all that arrives until then; never moves it back.
    pub fn advance(&self, now: Duration) {
        self.state().advance(now);
    }

    /// The time that the broker has been moved to.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.state().now()
    }

    /// Moves time to `now` and starts a connection; only client id and will are looked at.
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

    /// Asks `grants` whether a client may publish or subscribe to a topic; without, all may all.
    ///
    /// A forbidden publish is ignored, a forbidden subscription refused, and a client with a
    /// forbidden will is turned away.
    pub fn set_grants(&self, grants: impl Fn(&str, Access, &str) -> bool + Send + 'static) {
        self.state().set_grants(Box::new(grants));
    }

    /// Changes the network of a client from now on.
    pub fn set_conditions(&self, client_id: &str, conditions: Conditions) {
        self.state().set_conditions(client_id, conditions);
    }

    /// Changes the network of all clients, and of those to come.
    pub fn set_all_conditions(&self, conditions: Conditions) {
        self.state().set_all_conditions(conditions);
    }

    /// Holds all that a client sends and receives for `length`, then lets it through at once.
    ///
    /// A stall of more than one and a half [`KEEP_ALIVE`](super::KEEP_ALIVE) ends the connection
    /// and fires its will.
    pub fn stall(&self, client_id: &str, length: Duration) {
        self.state().stall(client_id, length);
    }

    /// Cuts a client's connection at the broker: its will fires now.
    pub fn kill(&self, client_id: &str) {
        self.state().kill(client_id);
    }

    /// Publishes as the broker itself, past grants and without a connection.
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

    /// What a client's newest connection has carried.
    #[must_use]
    pub fn traffic(&self, client_id: &str) -> Traffic {
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
