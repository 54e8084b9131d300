//! Tickets: everything that a client needs to participate in a match, or to watch the lobby.
//!
//! Non-goals: enforcing rights. The relay grants the rights in a ticket and the broker enforces them.

use serde::{Deserialize, Serialize};

use crate::{Code, Epoch, Grants, MatchId, PlayerId, Role, Rules, Topic};

/// The address and the credentials of the broker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MqttAccess {
    /// `mqtt://host:port` or `mqtts://host:port`, for native clients; absent if the broker accepts only
    /// WebSockets.
    pub tcp: Option<String>,
    /// `ws://…` or `wss://…`, for browsers and, without `tcp`, for all clients. Its query may contain
    /// credentials that expire within minutes; then each connection needs a new ticket.
    pub ws: String,
    /// The client id, which the broker enforces.
    pub client_id: String,
    /// The credentials of CONNECT; absent if the address contains them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<Login>,
}

/// The credentials of CONNECT.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// The player's id.
    pub username: String,
    /// A signed token.
    pub password: String,
}

/// The exact topics of a participant, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicNames {
    /// The topics that it may publish to.
    pub publish: Vec<String>,
    /// The topics to subscribe to on connecting.
    pub subscribe: Vec<String>,
}

/// The topic of the last will; the payload is [`netcode::wire::Gone`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WillTopic {
    /// The topic, as text.
    pub topic: String,
}

/// The participation of a player in a match, from which its ticket is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The match.
    pub match_id: MatchId,
    /// The code of the match.
    pub code: Code,
    /// The player.
    pub player: PlayerId,
    /// The player's role.
    pub role: Role,
    /// The present epoch.
    pub epoch: Epoch,
    /// The game, and the version of its rules.
    pub rules: Rules,
}

impl Part {
    /// The topic of the player's last will; `None` for a spectator.
    #[must_use]
    pub const fn will(&self) -> Option<Topic> {
        match self.role {
            Role::Host => Some(Topic::Delta(self.match_id, self.epoch)),
            Role::Player => Some(Topic::Input(self.match_id, self.player)),
            Role::Spectator => None,
        }
    }
}

/// Everything that a participant of a match needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The match.
    #[serde(rename = "match")]
    pub match_id: MatchId,
    /// The code by which others join it.
    pub code: Code,
    /// The id of the holder.
    pub player: PlayerId,
    /// The role of the holder.
    pub role: Role,
    /// The epoch when the ticket was issued.
    pub epoch: Epoch,
    /// The game, and the version of its rules.
    pub rules: Rules,
    /// The bearer token of the lobby API, signed by the relay.
    pub token: String,
    /// The address and the credentials of the broker.
    pub mqtt: MqttAccess,
    /// The topics of this role in this epoch.
    pub topics: TopicNames,
    /// The topic of the last will; absent for a spectator.
    pub will: Option<WillTopic>,
    /// When the ticket expires, in seconds since 1970 (UTC).
    pub expires_at: u64,
}

impl Ticket {
    /// The ticket for `part`, valid until `expires_at` in seconds since 1970 (UTC).
    #[must_use]
    pub fn new(part: Part, token: String, mqtt: MqttAccess, expires_at: u64) -> Self {
        let Part {
            match_id,
            code,
            player,
            role,
            epoch,
            rules,
        } = part;
        let names = |topics: &[Topic]| topics.iter().map(Topic::to_string).collect();
        Self {
            match_id,
            code,
            player,
            role,
            epoch,
            rules,
            token,
            mqtt,
            topics: TopicNames {
                publish: names(&Grants::of_match(role, match_id, player, epoch).publish),
                subscribe: names(&Topic::subscriptions(role, match_id, player, epoch)),
            },
            will: part.will().map(|topic| WillTopic {
                topic: topic.to_string(),
            }),
            expires_at,
        }
    }
}

/// Everything that the title screen needs to watch the lobby.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LobbyTicket {
    /// The id of the holder.
    pub player: PlayerId,
    /// The address and the credentials of the broker.
    pub mqtt: MqttAccess,
    /// The topics to subscribe to.
    pub topics: TopicNames,
    /// When the ticket expires, in seconds since 1970 (UTC).
    pub expires_at: u64,
}
