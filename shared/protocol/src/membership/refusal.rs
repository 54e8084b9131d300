//! The reasons for which the rules refuse a request.
//!
//! Non-goals: HTTP status codes.

use netcode::MAX_SEATS;

use crate::{GameId, MAX_MATCH_NAME};

/// Why the lobby refuses a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The code or id is unknown.
    #[error("there is no such match: check the code, or ask its host whether it has ended")]
    NoSuchMatch,
    /// All seats are taken.
    #[error("every seat of this match is taken: watch it, or try again when somebody leaves")]
    MatchFull,
    /// The relay has reached its limit of matches.
    #[error("this relay hosts as many matches as it can: try again later")]
    RelayFull,
    /// The number of seats is not in `1..=`[`MAX_SEATS`].
    #[error("a match has 1 to {MAX_SEATS} seats")]
    Seats,
    /// The name is empty.
    #[error("a match needs a name of 1 to {MAX_MATCH_NAME} bytes")]
    Name,
    /// The match belongs to another game.
    #[error("this match is one of another game, {game}: join it with that game")]
    OtherGame {
        /// The match's game.
        game: GameId,
    },
    /// The match has another version of the rules.
    #[error(
        "this match is played by version {of_match} of the rules and your game has version {of_client}: \
         update the game or reload its page, or join a newer match"
    )]
    OtherRules {
        /// The version of the match.
        of_match: u32,
        /// The version of the caller.
        of_client: u32,
    },
    /// The caller is not the host.
    #[error("only the host of this match may do that")]
    NotTheHost,
    /// The token is not for this match.
    #[error("the token is for another match: use the one of this match's ticket")]
    AnotherMatch,
    /// The caller's seat was freed while it was disconnected.
    #[error("your seat was given up while you were away: join again with the code")]
    SeatLost,
    /// The claimed epoch is not the present one.
    #[error("this epoch is over and there is another host: renew your ticket")]
    EpochMoved,
    /// The host is alive or may still connect.
    #[error("the host is alive, or has only just been named: try again if it stays silent")]
    HostAlive,
    /// The caller is the host.
    #[error("you are the host already: renew your ticket")]
    AlreadyHost,
    /// The caller has never had a seat.
    #[error("only a player can take over: join with the code as a player")]
    NoSeat,
    /// The named successor has no seat.
    #[error("the successor has no seat in this match: hand over to another player")]
    NoSuccessor,
}
