//! What the relay publishes on its own topics, encoded by [`netcode::wire`].
//!
//! Every collection has a fixed capacity, so a claimed length allocates nothing.

use arrayvec::ArrayVec;
use netcode::{Epoch, Line, MAX_SEATS, Slot};
use serde::{Deserialize, Serialize};

use crate::{Callsign, OpenMatch, PlayerId};

/// The longest headline of an announcement, in bytes.
pub const MAX_HEADLINE: usize = 60;

/// The longest text of an announcement, in bytes.
pub const MAX_NEWS: usize = 240;

/// The most rows in the list of open matches, so that it fits a payload.
pub const MAX_OPEN_MATCHES: usize = 48;

/// The seats and the host of a match. Published only by the relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// The epoch in force.
    pub epoch: Epoch,
    /// The host; it need not have a seat.
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

/// News for everybody, or a notice for one player. Published only by the relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Unique; equal when the same announcement is delivered again.
    pub id: u64,
    /// A title.
    pub headline: Line<MAX_HEADLINE>,
    /// The text.
    pub text: Line<MAX_NEWS>,
}

/// The list of open matches. Published only by the relay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenMatches {
    /// Matches with the most people first.
    pub matches: ArrayVec<OpenMatch, MAX_OPEN_MATCHES>,
}
