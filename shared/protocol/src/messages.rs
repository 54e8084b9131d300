//! The messages that the relay publishes, encoded by [`netcode::wire`].
//!
//! All collections have a fixed capacity, so that decoding a length allocates nothing.
//!
//! Non-goals: the messages of hosts and players.

use arrayvec::ArrayVec;
use netcode::{Epoch, Line, MAX_SEATS, Slot};
use serde::{Deserialize, Serialize};

use crate::{Callsign, OpenMatch, PlayerId};

/// The longest headline of an announcement, in bytes.
pub const MAX_HEADLINE: usize = 60;

/// The longest text of an announcement, in bytes.
pub const MAX_NEWS: usize = 240;

/// The most rows in the list of open matches; with them it fits one payload.
pub const MAX_OPEN_MATCHES: usize = 48;

/// The seats and the host of a match. Published only by the relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// The present epoch.
    pub epoch: Epoch,
    /// The host, which may have no seat.
    pub host: PlayerId,
    /// Ordered by slot.
    pub seats: ArrayVec<RosterSeat, MAX_SEATS>,
}

/// A person's seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterSeat {
    /// The player.
    pub player: PlayerId,
    /// The number of the seat.
    pub slot: Slot,
    /// The player's name.
    pub callsign: Callsign,
}

/// An announcement to all clients, or a notice to one player. Published only by the relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Unique id; a repeated delivery has the same one.
    pub id: u64,
    /// The title.
    pub headline: Line<MAX_HEADLINE>,
    /// The text.
    pub text: Line<MAX_NEWS>,
}

/// The list of open matches. Published only by the relay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenMatches {
    /// The matches, those with the most people first.
    pub matches: ArrayVec<OpenMatch, MAX_OPEN_MATCHES>,
}
