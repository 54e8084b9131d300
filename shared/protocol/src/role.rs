//! The roles of participants.
//!
//! Non-goals: the rights of a role: see [`Grants`](crate::Grants).

use serde::{Deserialize, Serialize};

/// The role of a participant in a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Publishes deltas and keyframes.
    Host,
    /// Has a seat and publishes inputs.
    Player,
    /// Only reads.
    Spectator,
}
