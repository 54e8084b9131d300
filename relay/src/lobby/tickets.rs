//! Tickets: a signed token, and the broker's credentials for the same rights.

use std::sync::Arc;

use protocol::{Grants, LobbyTicket, MqttAccess, Part, PlayerId, Ticket, Topic, TopicNames};

use super::error::CallError;
use crate::broker::{Addresses, Broker};
use crate::token::{self, Claims, MatchRole, Signer, unix_time};

/// Issues tickets.
#[derive(Clone)]
pub(super) struct Tickets {
    pub(super) broker: Arc<dyn Broker>,
    pub(super) signer: Arc<Signer>,
}

impl Tickets {
    /// The ticket of a participant; `at` is where its client reaches the relay.
    pub(super) async fn participant(
        &self,
        part: Part,
        at: &Addresses,
    ) -> Result<Ticket, CallError> {
        let seat = MatchRole {
            match_id: part.match_id,
            role: part.role,
            epoch: part.epoch,
        };
        let access = self.access(part.player, Some(seat), at).await?;
        Ok(Ticket::new(
            part,
            access.token,
            access.mqtt,
            access.expires_at,
        ))
    }

    /// A ticket of this player that only reads the lobby.
    pub(super) async fn visitor(
        &self,
        player: PlayerId,
        at: &Addresses,
    ) -> Result<LobbyTicket, CallError> {
        let access = self.access(player, None, at).await?;
        let read = Grants::of_lobby(player).read;
        Ok(LobbyTicket {
            player,
            mqtt: access.mqtt,
            topics: TopicNames {
                publish: Vec::new(),
                subscribe: read.iter().map(Topic::to_string).collect(),
            },
            expires_at: access.expires_at,
        })
    }

    async fn access(
        &self,
        player: PlayerId,
        seat: Option<MatchRole>,
        at: &Addresses,
    ) -> Result<Access, CallError> {
        let claims = Claims::new(player, seat, unix_time() + token::LIFETIME.as_secs());
        let token = self.signer.sign(&claims)?;
        let mqtt = self.broker.access(&claims, &token, at).await?;
        Ok(Access {
            token,
            mqtt,
            expires_at: claims.exp,
        })
    }
}

struct Access {
    token: String,
    mqtt: MqttAccess,
    /// When the token expires, in seconds since 1970 (UTC).
    expires_at: u64,
}
