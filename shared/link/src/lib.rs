//! A polled MQTT connection, [`Link`], with the same contract on every target.
//!
//! - `Socket`: natively rumqttc on a thread of its own; in a browser a WebSocket that drives a
//!   sans-I/O MQTT codec. With the feature `socket`, which is on by default.
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
//! Non-goals: the meaning of messages, reconnecting and resubscribing (the caller's policy), and
//! async: every call returns at once.

#[cfg(any(
    feature = "fuzzing",
    all(feature = "socket", any(test, target_arch = "wasm32"))
))]
mod codec;
pub mod conditions;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod impaired;
pub mod memory;
#[cfg(all(feature = "socket", not(target_arch = "wasm32")))]
mod native;
mod reason;
mod request;
#[cfg(all(feature = "socket", target_arch = "wasm32"))]
mod web;

use core::fmt;
use core::time::Duration;

pub use conditions::Conditions;
pub use impaired::Impaired;
#[cfg(all(feature = "socket", not(target_arch = "wasm32")))]
pub use native::Socket;
#[cfg(all(feature = "socket", target_arch = "wasm32"))]
pub use web::Socket;

/// The keep-alive interval of a connection. The broker publishes a client's last will when it has
/// received no packet for 1.5 times this.
///
/// Browsers throttle the timers of hidden tabs to one per minute; a shorter interval would end
/// connections that are alive.
pub const KEEP_ALIVE: Duration = Duration::from_secs(120);

/// The largest MQTT packet that a link accepts, in bytes; CONNECT announces it to the broker.
pub const MAX_PACKET: u32 = 128 * 1024;

/// The most topics in one SUBSCRIBE packet: the limit of AWS IoT Core.
#[cfg(feature = "socket")]
const MAX_FILTERS: usize = 8;

/// The reason in [`Event::Closed`] after [`Link::close`].
const CLOSED_HERE: &str = "closed by this client";

/// The quality of service of a publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qos {
    /// QoS 0: not acknowledged, may be lost.
    AtMostOnce,
    /// QoS 1: acknowledged by the broker.
    AtLeastOnce,
}

/// A last will: the message that the broker publishes when the connection is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Will {
    /// The topic.
    pub topic: String,
    /// The payload.
    pub payload: Vec<u8>,
}

/// The parameters of a connection.
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

/// Why no connection was attempted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The address is malformed.
    #[error(
        "{address:?} is not an address of the form {expected}; check the relay's public address"
    )]
    BadAddress {
        /// The malformed address.
        address: String,
        /// The expected form.
        expected: &'static str,
    },
    /// The operating system refused a resource, such as a thread or a socket.
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
        /// Untrusted bytes.
        payload: Vec<u8>,
    },
    /// The link is down for good; nothing more will be reported.
    Closed {
        /// The reason, as text for people.
        reason: String,
    },
}

/// A polled MQTT connection.
///
/// Calls never block. Requests made before [`Event::Connected`] are sent once connected.
/// Dropping a link without [`close`](Self::close) is a lost connection: the broker publishes the
/// will.
pub trait Link {
    /// The next event, if any. `now` is the time since any fixed origin; it drives keep-alives.
    fn poll(&mut self, now: Duration) -> Option<Event>;
    /// Subscribes to exact topics.
    fn subscribe(&mut self, topics: &[&str]);
    /// Ends subscriptions.
    fn unsubscribe(&mut self, topics: &[&str]);
    /// Publishes a message.
    fn publish(&mut self, topic: &str, payload: &[u8], qos: Qos, retain: bool);
    /// Sends DISCONNECT, so that the broker does not publish the will.
    fn close(&mut self);
}
