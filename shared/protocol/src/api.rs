//! The lobby API's bodies, as JSON; errors are RFC 9457 problem documents.
//!
//! | request | body | answer |
//! |---|---|---|
//! | `POST /api/identity` | – | [`Identity`] |
//! | `POST /api/lobby` | – | [`LobbyTicket`](super::LobbyTicket) |
//! | `GET /api/matches` | – | list of [`OpenMatch`] |
//! | `POST /api/matches` | [`CreateMatch`] | the host's [`Ticket`](super::Ticket) |
//! | `POST /api/matches/{code}/join` | [`JoinMatch`] | [`Ticket`](super::Ticket) |
//! | `POST /api/matches/{id}/renew` | [`RenewTicket`] | fresh [`Ticket`](super::Ticket) |
//! | `POST /api/matches/{id}/claim` | [`Claim`] | the caller's fresh [`Ticket`](super::Ticket) |
//! | `POST /api/matches/{id}/heartbeat` | [`Heartbeat`] | 204 |
//! | `DELETE /api/matches/{id}` | – | 204 |
//!
//! The last four take `Authorization: Bearer <token>` with the ticket's token. A renewed ticket is
//! for what its holder is now, which a claim may have changed: host, player or spectator.
//! Creating and joining take an identity's token the same way, or none. What `/api/identity` takes
//! is an earlier identity's token, an ID token of the relay's issuer, or none.

use arrayvec::ArrayString;
use serde::{Deserialize, Serialize};

use crate::{Callsign, Code, Epoch, MatchId, PlayerId, Rules};

/// The longest name of a match, in bytes.
pub const MAX_MATCH_NAME: usize = 32;

/// Who somebody is to a relay, from match to match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The id, unless its holder sits in another match meanwhile.
    pub player: PlayerId,
    /// Signed by the relay; the client keeps it and shows it again.
    pub token: String,
    /// Whether its holder may open matches.
    pub may_host: bool,
    /// When the token ends, in seconds since 1970 (UTC).
    pub expires_at: u64,
}

/// Asks for a new match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateMatch {
    /// What the list of open matches calls it; 1 to [`MAX_MATCH_NAME`] bytes.
    pub name: ArrayString<MAX_MATCH_NAME>,
    /// The host's callsign; absent for an authority that does not fly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callsign: Option<Callsign>,
    /// Seats, `1..=`[`MAX_SEATS`](netcode::MAX_SEATS).
    pub max_players: u8,
    /// Whether it is listed.
    pub public: bool,
    /// The game, and the version of its rules.
    pub rules: Rules,
}

/// What a joiner can be; a host is made by creating or claiming a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JoinRole {
    /// Takes a seat.
    Player,
    /// Takes none.
    Spectator,
}

/// Asks for a part in a match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinMatch {
    /// The joiner's callsign.
    pub callsign: Callsign,
    /// The joiner's part.
    pub role: JoinRole,
    /// The joiner's game and the version of its rules: refused as `other-game` or `other-rules` if
    /// the match's are different.
    pub rules: Rules,
}

/// Asks for a fresh ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewTicket {
    /// The caller's game and the version of its rules, as in [`JoinMatch`].
    pub rules: Rules,
}

/// Asks for another host: the epoch moves on by one, and the old host's right to publish ends.
///
/// It is a compare-and-set: of those who name the same epoch one succeeds, and the problem that
/// the others get is `epoch-moved`. They, and a named successor, get their new tickets by renewing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The epoch that is to end; it must be the one in force.
    pub epoch: Epoch,
    /// To whom the host hands over, a player with a seat. Absent if the caller, a player with a
    /// seat, wants to take over itself: refused as `host-alive` while the host shows life.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<PlayerId>,
}

/// The host's sign of life, every few seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// Those who sit in the arena; the relay frees the seats of the others.
    pub players: Vec<PlayerId>,
    /// The host's tick.
    pub tick: u32,
}

/// A row of the list of open matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenMatch {
    /// The match.
    pub id: MatchId,
    /// What to type to join.
    pub code: Code,
    /// Its name.
    pub name: ArrayString<MAX_MATCH_NAME>,
    /// The game, and the version of its rules.
    pub rules: Rules,
    /// People in it.
    pub players: u8,
    /// Seats for people.
    pub max_players: u8,
}

/// An RFC 9457 problem document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{title}: {detail}")]
pub struct Problem {
    /// Names the kind of problem; stable, for programs.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// This problem in words, and what to do about it.
    pub detail: String,
}
