//! The error of calls of the lobby.
//!
//! Non-goals: retries.

use core::ops::RangeInclusive;

use protocol::Problem;

const SERVER_ERRORS: RangeInclusive<u16> = 500..=599;
const TOO_MANY_REQUESTS: u16 = 429;
const NOT_FOUND: u16 = 404;

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LobbyError {
    /// No response was received.
    #[error("cannot reach the relay at {url}: {reason}")]
    Unreachable {
        /// The URL of the call.
        url: String,
        /// The reason, as text for people.
        reason: String,
    },
    /// The relay refused the call.
    #[error(transparent)]
    Refused(#[from] Problem),
    /// The response is not one of this lobby API.
    #[error(
        "{url} gave an unexpected response ({status}); check that it is a relay of this version"
    )]
    Unexpected {
        /// The URL of the call.
        url: String,
        /// The HTTP status.
        status: u16,
    },
}

impl LobbyError {
    /// Whether the same call may succeed later: the relay was not reached, is overloaded, or failed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Unexpected { .. } => true,
            Self::Refused(problem) => {
                SERVER_ERRORS.contains(&problem.status) || problem.status == TOO_MANY_REQUESTS
            }
        }
    }

    /// Whether the match, or another resource of the call, does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused(problem) if problem.status == NOT_FOUND)
    }
}
