//! Tickets: all that a client needs to take its part in a match, or to watch the lobby.
//!
//! A ticket only carries rights; the relay grants them and the broker enforces them.

use serde::{Deserialize, Serialize};

use super::{Code, Epoch, MatchId, PlayerId};

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
    /// `mqtt://host:port`, for native clients; absent where the broker takes WebSockets only.
    pub tcp: Option<String>,
    /// `ws://…` or `wss://…`, for browsers.
    pub ws: String,
    /// The only client id that the password is good for.
    pub client_id: String,
    /// The player's id.
    pub username: String,
    /// A signed token; it is also the bearer token of the lobby API.
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

/// Where the last will goes; its payload is [`crate::wire`]'s.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WillTopic {
    /// The topic's text.
    pub topic: String,
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
    /// The rules that the match is played by: [`crate::sim::arena::SIM_VERSION`].
    pub sim_version: u32,
    /// Where and as whom to connect.
    pub mqtt: MqttAccess,
    /// The topics of this role now.
    pub topics: TopicNames,
    /// The last will to leave on connecting; a spectator leaves none.
    pub will: Option<WillTopic>,
    /// When the token ends, in seconds since 1970 (UTC).
    pub expires_at: u64,
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
    /// When the token ends, in seconds since 1970 (UTC).
    pub expires_at: u64,
}
