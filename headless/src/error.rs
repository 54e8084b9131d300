//! The error of all participants.
//!
//! Non-goals: exit codes.

use std::io;
use std::path::PathBuf;

use arena::RULES_VERSION;
use client::lobby::LobbyError;
use link::TransportError;
use protocol::{InvalidId, MAX_MATCH_NAME};
use recording::{ReadError, WriteError};

/// Why a participant cannot start or continue.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A call of the lobby failed.
    #[error(transparent)]
    Lobby(#[from] LobbyError),
    /// No connection to the broker was attempted.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The broker refused or ended a connection of the probe.
    #[error("the broker does not serve the {end}: {reason}")]
    Broker {
        /// Host or player.
        end: &'static str,
        /// The reason, as text for people.
        reason: String,
    },
    /// The connection to the match ended for good.
    #[error("the connection to the match ended: {0}")]
    Closed(String),
    /// A player's client has replaced this host.
    #[error("this program was silent for too long, and a player's client hosts the match now")]
    Replaced,
    /// The name of the match is too long.
    #[error("the name of the match is longer than {MAX_MATCH_NAME} bytes: choose a shorter one")]
    Name,
    /// A callsign is invalid.
    #[error(transparent)]
    Callsign(#[from] InvalidId),
    /// The match has another version of the rules.
    #[error(
        "the match has version {0} of the rules, and this program has version {RULES_VERSION}: \
         use the version of this program with which the match is played"
    )]
    OtherRules(u32),
    /// The operating system returned no random numbers.
    #[error("the operating system returned no random numbers")]
    Random(#[from] getrandom::Error),
    /// A recording cannot be created.
    #[error("cannot create {}: {reason}", .path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: io::Error,
    },
    /// A recording cannot be opened.
    #[error("cannot open {}: {reason}", .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: io::Error,
    },
    /// A recording cannot be read.
    #[error("{}: {reason}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: ReadError,
    },
    /// A recording cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The report cannot be written.
    #[error("cannot write the report: {0}")]
    Report(#[from] io::Error),
}
