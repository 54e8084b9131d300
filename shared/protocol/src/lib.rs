//! The protocol between the clients and the relay of a game over MQTT.
//!
//! - Ids, the exact [topics](Topic) of a match, and the [grants](Grants) of each role.
//! - [`Ticket`]s and the bodies of the lobby's HTTP API.
//! - The messages that the relay publishes: [`Roster`], [`Announcement`], [`OpenMatches`].
//! - [`membership`]: the seats and the host of a match, as a pure state machine.
//! - [`timing`]: the time limits that client and relay share.
//!
//! ```
//! use protocol::{Epoch, Grants, MatchId, PlayerId, Role, Topic};
//!
//! let (id, player) = (MatchId::from_entropy(1), PlayerId::from_entropy(2));
//! let grants = Grants::of_match(Role::Player, id, player, Epoch(0));
//! assert!(grants.allow_publish(&Topic::Input(id, player).to_string()));
//! assert!(!grants.allow_publish(&Topic::Delta(id, Epoch(0)).to_string()));
//! ```
//!
//! Non-goals: connections, HTTP, and the payloads of a match's log: see [`netcode::wire`].

mod api;
mod id;
pub mod membership;
mod messages;
mod role;
mod rules;
mod ticket;
pub mod timing;
mod topic;

pub use api::{
    Claim, CreateMatch, Heartbeat, Identity, JoinMatch, JoinRole, MAX_MATCH_NAME, OpenMatch,
    Problem, RenewTicket,
};
pub use id::{Callsign, Code, GameId, InvalidId, MatchId, PlayerId};
pub use messages::{
    Announcement, MAX_HEADLINE, MAX_NEWS, MAX_OPEN_MATCHES, OpenMatches, Roster, RosterSeat,
};
pub use netcode::Epoch;
pub use role::Role;
pub use rules::Rules;
pub use ticket::{LobbyTicket, Login, MqttAccess, Part, Ticket, TopicNames, WillTopic};
pub use topic::{Grants, InvalidTopic, Topic};
