//! The broker of the matches, as the lobby uses it.
//!
//! - [`embedded`]: a broker in this process.
//! - [`external`]: an external cluster.
//! - `aws::IotCore`: AWS IoT Core, with the feature `aws`.
//!
//! A broker accepts only clients with tickets and enforces the rights of their roles; the lobby tells
//! it which matches are open and which epoch is in force.
//!
//! Non-goals: seats and codes.

pub mod embedded;
pub mod external;

use async_trait::async_trait;
use protocol::membership::HostLiveness;
use protocol::{Epoch, MatchId, MqttAccess, PlayerId, Topic};

use crate::token::Claims;

pub use embedded::Embedded;
pub use external::External;

/// The embedded broker's addresses for a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// `mqtt://host:port` or `mqtts://host:port`; absent if only WebSockets are accepted.
    pub tcp: Option<String>,
    /// `ws://…` or `wss://…`.
    pub ws: String,
}

/// Why there are no credentials.
#[derive(Debug, thiserror::Error)]
#[error("the broker gives no credentials: {0}")]
pub struct AccessError(pub String);

/// A broker of matches.
#[async_trait]
pub trait Broker: Send + Sync {
    /// The access of the holder of `claims`, which are signed as `token`. Extends the holder's open
    /// connections until the claims expire.
    async fn access(
        &self,
        claims: &Claims,
        token: &str,
        at: &Addresses,
    ) -> Result<MqttAccess, AccessError>;

    /// Publishes as the relay, on each topic in the order of the calls. An empty retained payload
    /// clears the topic's retained message.
    fn publish(&self, topic: Topic, payload: Vec<u8>, retain: bool);

    /// Opens a match that is new or resumes after the relay's restart; `epoch` is in force, and its
    /// host is expected to connect.
    fn open_match(&self, id: MatchId, epoch: Epoch);

    /// Puts `epoch` in force: ends the connections of this match's hosts of older epochs, the last
    /// of whom was `old_host`.
    fn fence(&self, id: MatchId, epoch: Epoch, old_host: PlayerId);

    /// Whether the host of this epoch is alive, as far as the broker observes it.
    fn liveness(&self, id: MatchId, epoch: Epoch) -> HostLiveness;

    /// Ends the connections of this match, whose host and players are `players`, and refuses new
    /// ones.
    fn close_match(&self, id: MatchId, players: &[PlayerId]);

    /// Waits until all earlier calls are done or have failed.
    async fn flush(&self);

    /// Ends this relay's own activities, and waits until they have ended.
    async fn shut_down(&self);
}
