//! Numbers of seats.
//!
//! Non-goals: the players in the seats.

use core::fmt;

use serde::{Deserialize, Serialize};

/// The most seats that any game can have.
pub const MAX_SEATS: usize = 64;

/// The number of a seat in a match, `0..`[`MAX_SEATS`].
///
/// A game may have fewer seats: see [`Simulation::SEATS`](crate::Simulation::SEATS).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Slot(u8);

impl Slot {
    /// The seat of this number, if it is below [`MAX_SEATS`].
    #[must_use]
    pub const fn new(index: u8) -> Option<Self> {
        if (index as usize) < MAX_SEATS {
            Some(Self(index))
        } else {
            None
        }
    }

    /// The seat's number, `0..`[`MAX_SEATS`].
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The first `count` seats, in order; at most [`MAX_SEATS`].
    pub fn first(count: usize) -> impl DoubleEndedIterator<Item = Self> {
        (0..count.min(MAX_SEATS) as u8).map(Self)
    }
}

impl TryFrom<u8> for Slot {
    type Error = &'static str;

    fn try_from(index: u8) -> Result<Self, Self::Error> {
        Self::new(index).ok_or("the slot is out of range")
    }
}

impl From<Slot> for u8 {
    fn from(slot: Slot) -> Self {
        slot.0
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
