//! The JSON bodies of the lobby API; errors are RFC 9457 problem documents.
//!
//! | request | body | answer |
//! |---|---|---|
//! | `POST /api/identity` | – | [`Identity`] |
//! | `POST /api/lobby` | – | [`LobbyTicket`](super::LobbyTicket) |
//! | `GET /api/matches` | – | list of [`OpenMatch`] |
//! | `POST /api/matches` | [`CreateMatch`] | the host's [`Ticket`](super::Ticket) |
//! | `POST /api/matches/{code}/join` | [`JoinMatch`] | [`Ticket`](super::Ticket) |
//! | `POST /api/matches/{id}/renew` | [`RenewTicket`] | new [`Ticket`](super::Ticket) |
//! | `POST /api/matches/{id}/claim` | [`Claim`] | the caller's new [`Ticket`](super::Ticket) |
//! | `POST /api/matches/{id}/heartbeat` | [`Heartbeat`] | 204 |
//! | `DELETE /api/matches/{id}` | – | 204 |
//!
//! The last four require `Authorization: Bearer <token>` with the ticket's token. A renewed ticket
//! has the present role of its holder, which a claim may have changed.
//! Creating and joining accept the token of an identity in the same header. `/api/identity` accepts
//! the token of an earlier identity or an ID token of the relay's issuer.
//!
//! Non-goals: routing and HTTP.

use arrayvec::ArrayString;
use serde::{Deserialize, Serialize};

use crate::{Callsign, Code, Epoch, MatchId, PlayerId, Rules};

/// The longest name of a match, in bytes.
pub const MAX_MATCH_NAME: usize = 32;

/// The identity of a player on a relay, across matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The player id, which is used in a match unless the player is already in another match.
    pub player: PlayerId,
    /// The token of the identity, signed by the relay; the client stores it.
    pub token: String,
    /// Whether its holder may create matches.
    pub may_host: bool,
    /// When the token expires, in seconds since 1970 (UTC).
    pub expires_at: u64,
}

/// A request for a new match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateMatch {
    /// The name in the list of open matches, 1 to [`MAX_MATCH_NAME`] bytes.
    pub name: ArrayString<MAX_MATCH_NAME>,
    /// The host's callsign; absent for a host without a seat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callsign: Option<Callsign>,
    /// The number of seats, `1..=`[`MAX_SEATS`](netcode::MAX_SEATS).
    pub max_players: u8,
    /// Whether the match is listed.
    pub public: bool,
    /// The game, and the version of its rules.
    pub rules: Rules,
}

/// The roles in which a match can be joined; a host creates or claims it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JoinRole {
    /// With a seat.
    Player,
    /// Without a seat.
    Spectator,
}

/// A request to join a match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinMatch {
    /// The joiner's callsign.
    pub callsign: Callsign,
    /// The joiner's role.
    pub role: JoinRole,
    /// The joiner's game and the version of its rules: refused as `other-game` or `other-rules` if
    /// the match's are different.
    pub rules: Rules,
}

/// A request for a new ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewTicket {
    /// The caller's game and the version of its rules, as in [`JoinMatch`].
    pub rules: Rules,
}

/// A request for another host: the epoch increases by one, and the old host's right to publish ends.
///
/// It is a compare-and-set: of several claims of the same epoch, one succeeds and the others fail with
/// `epoch-moved`. Their callers, and a named successor, get their new tickets by renewing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The epoch to end; it must be the present one.
    pub epoch: Epoch,
    /// The new host if the caller is the host: a player with a seat. Absent if the caller, a player
    /// with a seat, is to become host itself; refused as `host-alive` while the host is alive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<PlayerId>,
}

/// A host's heartbeat, sent every few seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// The players that the host knows; the relay frees the seats of all others.
    pub players: Vec<PlayerId>,
    /// The host's tick.
    pub tick: u32,
}

/// A row of the list of open matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenMatch {
    /// The match.
    pub id: MatchId,
    /// The code to join it.
    pub code: Code,
    /// Its name.
    pub name: ArrayString<MAX_MATCH_NAME>,
    /// The game, and the version of its rules.
    pub rules: Rules,
    /// The number of people in it.
    pub players: u8,
    /// The number of seats.
    pub max_players: u8,
}

/// An RFC 9457 problem document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{title}: {detail}")]
pub struct Problem {
    /// The stable identifier of the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The title of the kind.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The description of this problem, and how to solve it.
    pub detail: String,
}
