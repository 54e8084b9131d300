//! Tickets: all that a client needs to take its part in a match, or to watch the lobby.
//!
//! A ticket only carries rights; the relay grants them and the broker enforces them.

use serde::{Deserialize, Serialize};

use super::{Code, Epoch, Grants, MatchId, PlayerId, Rules, Topic};

/// A participant's part in a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The authority: publishes deltas and keyframes.
    Host,
    /// A pilot in a seat: publishes inputs.
    Player,
    /// Reads only.
    Spectator,
}

/// Where and as whom to connect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MqttAccess {
    /// `mqtt://host:port` or `mqtts://host:port`, for native clients; absent where the broker takes WebSockets only.
    pub tcp: Option<String>,
    /// `ws://…` or `wss://…`, for browsers and, without `tcp`, for everybody. Its query may hold
    /// the right to connect, which then ends within minutes: each connection takes a new ticket.
    pub ws: String,
    /// The only client id that may connect with this.
    pub client_id: String,
    /// What CONNECT shows; absent where the address says it all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<Login>,
}

/// Who connects, and its right to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// The player's id.
    pub username: String,
    /// A signed token.
    pub password: String,
}

/// The exact topics of a role, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicNames {
    /// May be published to.
    pub publish: Vec<String>,
    /// To subscribe to on connecting.
    pub subscribe: Vec<String>,
}

/// Where the last will goes; its payload is [`netcode::wire`]'s.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WillTopic {
    /// The topic's text.
    pub topic: String,
}

/// Somebody's part in a match: what a ticket is written from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The match.
    pub match_id: MatchId,
    /// Its code.
    pub code: Code,
    /// Who.
    pub player: PlayerId,
    /// As what.
    pub role: Role,
    /// The epoch in force.
    pub epoch: Epoch,
    /// The game, and the version of its rules.
    pub rules: Rules,
}

impl Part {
    /// Where its holder's last will goes.
    #[must_use]
    pub const fn will(&self) -> Option<Topic> {
        match self.role {
            Role::Host => Some(Topic::Delta(self.match_id, self.epoch)),
            Role::Player => Some(Topic::Input(self.match_id, self.player)),
            Role::Spectator => None,
        }
    }
}

/// All that a participant of a match needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The match.
    #[serde(rename = "match")]
    pub match_id: MatchId,
    /// What others type to join it.
    pub code: Code,
    /// Who the holder is.
    pub player: PlayerId,
    /// What the holder does.
    pub role: Role,
    /// The epoch in force when the ticket was written.
    pub epoch: Epoch,
    /// The game, and the version of its rules.
    pub rules: Rules,
    /// Signed by the relay: the bearer token of its lobby API.
    pub token: String,
    /// Where and as whom to connect.
    pub mqtt: MqttAccess,
    /// The topics of this role now.
    pub topics: TopicNames,
    /// The last will to leave on connecting; a spectator leaves none.
    pub will: Option<WillTopic>,
    /// When these rights end, in seconds since 1970 (UTC).
    pub expires_at: u64,
}

impl Ticket {
    /// The ticket for this part, good until `expires_at` in seconds since 1970 (UTC).
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

/// All that the title screen needs to watch the lobby.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LobbyTicket {
    /// Who the holder is.
    pub player: PlayerId,
    /// Where and as whom to connect.
    pub mqtt: MqttAccess,
    /// The topics to read.
    pub topics: TopicNames,
    /// When these rights end, in seconds since 1970 (UTC).
    pub expires_at: u64,
}
