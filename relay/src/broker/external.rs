//! An external cluster as the broker of matches: any that accepts a JWT as password and enforces the
//! access control list in it, such as EMQX or RMQTT.
//!
//! A ticket names one of the cluster's [`Nodes`], and a player's next ticket the next one, so that a
//! client whose node is down reconnects to another. The relay is a client of the cluster itself and
//! publishes over a connection of its own (`publisher`). It does not observe whether a host is
//! connected.
//!
//! Non-goals: ending connections and revoking tokens, for which clusters have no common interface.
//! A replaced host can still publish only on the topics of its own epoch, which have no readers.

mod nodes;
mod publisher;
mod rotation;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use protocol::membership::HostLiveness;
use protocol::{Epoch, Login, MatchId, MqttAccess, PlayerId, Topic};
use tokio::task::spawn_blocking;

use super::{AccessError, Addresses, Broker};
use crate::token::{Claims, Signer, unix_time};
use publisher::Publisher;
use rotation::Rotation;

pub use nodes::{InvalidNode, NoWebSocket, Node, Nodes};
pub use publisher::PublisherError;

/// A cluster of brokers.
pub struct External {
    nodes: Nodes,
    publisher: Publisher,
    /// A `std` mutex: it is never held across an await.
    rotation: Mutex<Rotation>,
}

impl External {
    /// Starts connecting to the cluster, whose nodes accept the tokens of `signer`.
    ///
    /// # Errors
    /// If the system gives no thread or no random numbers.
    pub fn open(nodes: Nodes, signer: Arc<Signer>) -> Result<Self, PublisherError> {
        Ok(Self {
            publisher: Publisher::open(nodes.clone(), signer)?,
            nodes,
            rotation: Mutex::default(),
        })
    }
}

#[async_trait]
impl Broker for External {
    async fn access(
        &self,
        claims: &Claims,
        token: &str,
        _at: &Addresses,
    ) -> Result<MqttAccess, AccessError> {
        let position = self
            .rotation
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .next(claims.sub, claims.exp, unix_time());
        Ok(MqttAccess {
            tcp: self.nodes.tcp(position).map(str::to_owned),
            ws: self.nodes.ws(position).to_owned(),
            client_id: claims.client_id.clone(),
            login: Some(Login {
                username: claims.sub.to_string(),
                password: token.to_owned(),
            }),
        })
    }

    fn publish(&self, topic: Topic, payload: Vec<u8>, retain: bool) {
        self.publisher.publish(topic, payload, retain);
    }

    /// The rights are in the tokens: the cluster does not know matches.
    fn open_match(&self, _: MatchId, _: Epoch) {}

    fn fence(&self, _: MatchId, _: Epoch, _old_host: PlayerId) {}

    fn liveness(&self, _: MatchId, _: Epoch) -> HostLiveness {
        HostLiveness::Unobserved
    }

    fn close_match(&self, _: MatchId, _players: &[PlayerId]) {}

    async fn flush(&self) {
        self.publisher.flush().await;
    }

    /// Publishes the queued messages. Clients stay connected: matches go on without the relay.
    async fn shut_down(&self) {
        if let Some(thread) = self.publisher.close() {
            // A thread that panicked has ended already.
            let _ = spawn_blocking(move || thread.join()).await;
        }
    }
}
