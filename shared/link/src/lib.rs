//! A polled MQTT connection, [`Link`], with the same contract on every target.
//!
//! - [`Socket`]: natively rumqttc on a thread of its own; in a browser a WebSocket that drives a
//!   sans-I/O MQTT codec.
//! - [`memory`]: an in-process broker with seeded latency, jitter, loss and stalls, for tests.
//! - [`Impaired`]: adds a seeded bad network to any other link.
//!
//! ```
//! use core::time::Duration;
//! use link::memory::Broker;
//! use link::{Conditions, Connect, Event, Link, Qos};
//!
//! let broker = Broker::new(1, Conditions::PERFECT);
//! let connect = |client_id: &str| Connect {
//!     client_id: client_id.into(),
//!     ..Connect::default()
//! };
//! let mut reader = broker.connect(&connect("reader"), Duration::ZERO);
//! let mut writer = broker.connect(&connect("writer"), Duration::ZERO);
//! reader.subscribe(&["greetings"]);
//! writer.publish("greetings", b"hello", Qos::AtMostOnce, false);
//!
//! let now = Duration::from_millis(1);
//! broker.advance(now);
//! let events: Vec<Event> = core::iter::from_fn(|| reader.poll(now)).collect();
//! assert!(events.iter().any(|event| matches!(
//!     event,
//!     Event::Message { payload, .. } if payload == b"hello"
//! )));
//! ```
//!
//! Non-goals: the meaning of messages, reconnecting and resubscribing (its owner's policy), and
//! async: every call returns at once.

#[cfg(any(test, target_arch = "wasm32"))]
mod codec;
pub mod conditions;
mod impaired;
pub mod memory;
#[cfg(not(target_arch = "wasm32"))]
mod native;
mod reason;
#[cfg(target_arch = "wasm32")]
mod web;

use core::fmt;
use core::time::Duration;

pub use conditions::Conditions;
pub use impaired::Impaired;
#[cfg(not(target_arch = "wasm32"))]
pub use native::Socket;
#[cfg(target_arch = "wasm32")]
pub use web::Socket;

/// The broker fires a client's last will after one and a half of these without a sign of life.
///
/// Browsers throttle the timers of hidden tabs to one a minute; a shorter keep-alive would
/// declare live players dead.
pub const KEEP_ALIVE: Duration = Duration::from_secs(120);

/// The largest MQTT packet that a link takes, in bytes; the broker is told.
pub const MAX_PACKET: u32 = 128 * 1024;

/// The most topics in one SUBSCRIBE packet: AWS IoT Core takes no more.
const MAX_FILTERS: usize = 8;

/// Why a link that was closed by its owner is down.
const CLOSED_HERE: &str = "closed by this client";

/// How a message is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qos {
    /// Fire and forget: deltas and inputs.
    AtMostOnce,
    /// Acknowledged by the broker: rare control only.
    AtLeastOnce,
}

/// What the broker publishes for a client that vanishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Will {
    /// Where it is published.
    pub topic: String,
    /// What is published.
    pub payload: Vec<u8>,
}

/// How to connect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connect {
    /// `mqtt://host:port` or `mqtts://host:port`, for native clients; without it they use `ws`.
    pub tcp: Option<String>,
    /// `ws://…` or `wss://…`.
    pub ws: String,
    /// The MQTT client id.
    pub client_id: String,
    /// The user name and password of CONNECT; absent if the address authorises the connection.
    pub login: Option<Login>,
    /// The last will, if there is one.
    pub will: Option<Will>,
}

/// The credentials of CONNECT.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The user name.
    pub username: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// Why no connection was even tried.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The address is malformed.
    #[error("{address:?} is no {expected} address; check the relay's public address")]
    BadAddress {
        /// As the ticket has it.
        address: String,
        /// What it should look like.
        expected: &'static str,
    },
    /// The system refused a resource: a thread, a socket.
    #[error("cannot open a connection: {0}")]
    System(String),
}

/// What a link reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The broker accepted the connection.
    Connected,
    /// A subscription is in force: retained messages have been or will be delivered.
    Subscribed {
        /// The exact topic.
        topic: String,
    },
    /// The broker refused a subscription.
    Refused {
        /// The exact topic.
        topic: String,
    },
    /// A message arrived.
    Message {
        /// The exact topic.
        topic: String,
        /// Remote bytes: trust nothing.
        payload: Vec<u8>,
    },
    /// The link is down for good; nothing more will be reported.
    Closed {
        /// Why, in words.
        reason: String,
    },
}

/// A polled MQTT connection.
///
/// Calls never block. What is asked for before [`Event::Connected`] is done once connected.
/// Dropping a link without [`close`](Self::close) is a crash to the broker: it fires the will.
pub trait Link {
    /// The next event, if any. `now` is time since any fixed origin and drives keep-alives.
    fn poll(&mut self, now: Duration) -> Option<Event>;
    /// Subscribes to exact topics.
    fn subscribe(&mut self, topics: &[&str]);
    /// Ends subscriptions.
    fn unsubscribe(&mut self, topics: &[&str]);
    /// Publishes.
    fn publish(&mut self, topic: &str, payload: &[u8], qos: Qos, retain: bool);
    /// Says good-bye, so that the broker does not fire the will.
    fn close(&mut self);
}
