//! A cluster elsewhere as the broker of matches: any that takes a signed token as password and
//! enforces the access list in it, such as EMQX or RMQTT.
//!
//! A ticket names one of the cluster's [`Nodes`], the next ticket of the same player another one,
//! so that who lost its node comes back on the next. The relay is a client of the cluster too, with
//! a token of its own, and publishes over a link that it renews and moves between nodes (`link`).
//! Whether a host lives it does not know.
//!
//! No connection is ended from here and no token is revoked, because clusters have no common way to
//! do either. A replaced host is harmless even so: its rights name its own epoch's topics, which
//! nobody reads any more.

mod link;
mod nodes;
mod turns;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use protocol::{Epoch, Login, MatchId, MqttAccess, PlayerId, Topic};
use tokio::task::spawn_blocking;

use super::{AccessError, Addresses, Broker};
use crate::token::{Claims, Signer, unix_time};
use link::Link;
use protocol::membership::HostLiveness;
use turns::Turns;

pub use link::LinkError;
pub use nodes::{InvalidNode, NoWebSocket, Node, Nodes};

/// A cluster of brokers.
pub struct External {
    nodes: Nodes,
    link: Link,
    /// A `std` mutex: it is never held across an await.
    turns: Mutex<Turns>,
}

impl External {
    /// Begins to connect to the cluster, whose nodes recognise the tokens of `signer`.
    ///
    /// # Errors
    /// If the system gives no thread or no random numbers.
    pub fn open(nodes: Nodes, signer: Arc<Signer>) -> Result<Self, LinkError> {
        Ok(Self {
            link: Link::open(nodes.clone(), signer)?,
            nodes,
            turns: Mutex::default(),
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
        let turn = self
            .turns
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .next(claims.sub, claims.exp, unix_time());
        Ok(MqttAccess {
            tcp: self.nodes.tcp(turn).map(str::to_owned),
            ws: self.nodes.ws(turn).to_owned(),
            client_id: claims.client_id.clone(),
            login: Some(Login {
                username: claims.sub.to_string(),
                password: token.to_owned(),
            }),
        })
    }

    fn publish(&self, topic: Topic, payload: Vec<u8>, retain: bool) {
        self.link.publish(topic, payload, retain);
    }

    /// Who may do what is in the tokens: the cluster knows no matches.
    fn open_match(&self, _: MatchId, _: Epoch) {}

    fn fence(&self, _: MatchId, _: Epoch, _old_host: PlayerId) {}

    fn liveness(&self, _: MatchId, _: Epoch) -> HostLiveness {
        HostLiveness::Unobserved
    }

    fn close_match(&self, _: MatchId, _players: &[PlayerId]) {}

    async fn flush(&self) {
        self.link.flush().await;
    }

    /// Publishes what still waits. Connections live on: without the relay, too, a match can go on.
    async fn shut_down(&self) {
        if let Some(thread) = self.link.close() {
            // A thread that panicked is gone already.
            let _ = spawn_blocking(move || thread.join()).await;
        }
    }
}
