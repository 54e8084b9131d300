//! What the lobby asks of the broker that carries its matches, whichever it is.
//!
//! - [`embedded`]: one in this process.
//! - [`external`]: a cluster elsewhere.
//! - `aws::IotCore`: AWS IoT Core, with the feature `aws`.
//!
//! A broker lets nobody in without a ticket and enforces what the ticket's role may do; the lobby
//! tells it which matches are open and which epoch is in force. It deliberately knows no seats or
//! codes.

pub mod embedded;
pub mod external;

use async_trait::async_trait;
use protocol::membership::HostLiveness;
use protocol::{Epoch, MatchId, MqttAccess, PlayerId, Topic};

use crate::token::Claims;

pub use embedded::Embedded;
pub use external::External;

/// Where clients reach the embedded broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// `mqtt://host:port` or `mqtts://host:port`; absent where only WebSockets are taken.
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
    /// How the holder of `claims`, which `token` says, connects; its connections live on until the
    /// claims end, at least.
    async fn access(
        &self,
        claims: &Claims,
        token: &str,
        at: &Addresses,
    ) -> Result<MqttAccess, AccessError>;

    /// Publishes in the relay's own name, on each topic in the order of the calls.
    ///
    /// A retained message is what later subscribers get first; an empty one clears it.
    fn publish(&self, topic: Topic, payload: Vec<u8>, retain: bool);

    /// A match began, or goes on after the relay's restart; `epoch` is in force, and its host is
    /// awaited.
    fn open_match(&self, id: MatchId, epoch: Epoch);

    /// Puts `epoch` in force: ends the connections of this match's hosts of older epochs, the last
    /// of whom was `old_host`.
    fn fence(&self, id: MatchId, epoch: Epoch, old_host: PlayerId);

    /// Whether the host of this epoch is alive, as far as the broker observes it.
    fn liveness(&self, id: MatchId, epoch: Epoch) -> HostLiveness;

    /// Ends the connections of this match, whose host and players these were, and lets nobody in
    /// again.
    fn close_match(&self, id: MatchId, players: &[PlayerId]);

    /// Waits until what it was told by then is done, or has failed.
    async fn flush(&self);

    /// Ends what this relay has under way, and waits until it is done.
    async fn shut_down(&self);
}
