//! The protocol floor: the names and rights that client and relay agree on.
//!
//! It deliberately encodes nothing for a match's topics (that is [`crate::wire`]) and opens no
//! connection.

mod api;
mod id;
mod ticket;
mod topic;

pub use api::{
    Claim, CreateMatch, Heartbeat, Identity, JoinMatch, JoinRole, MAX_MATCH_NAME, OpenMatch,
    Problem,
};
pub use id::{Callsign, Code, InvalidId, MatchId, PlayerId};
pub use ticket::{LobbyTicket, Login, MqttAccess, Part, Role, Ticket, TopicNames, WillTopic};
pub use topic::{Grants, InvalidTopic, Topic};

use core::fmt;

use serde::{Deserialize, Serialize};

/// Which host's log this is: it grows by one whenever another host takes over.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Epoch(pub u32);

impl Epoch {
    /// The epoch of the next host.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
