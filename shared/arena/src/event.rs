//! What happens in a step that a screen or a loudspeaker would show.
//!
//! Events are told and forgotten: they deliberately are no part of the state, and nothing in the
//! rules reads them.

use super::{Heading, Position, RockSize};
use netcode::Slot;

/// Something that happened in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A ship shot.
    Fired {
        /// Whose gun.
        slot: Slot,
        /// The muzzle.
        at: Position,
        /// Where the shot goes.
        heading: Heading,
    },
    /// A ship lost hull and flies on.
    Hit {
        /// Whose ship.
        victim: Slot,
        /// Who shot; `None` if it was a rock.
        by: Option<Slot>,
        /// The point of contact.
        at: Position,
    },
    /// A shield or the moment of grace after a hit saved a ship.
    Deflected {
        /// Whose ship.
        slot: Slot,
        /// The point of contact.
        at: Position,
    },
    /// Two ships bounced off each other.
    Bumped {
        /// One of them.
        slot: Slot,
        /// The other one.
        other: Slot,
        /// The point of contact.
        at: Position,
    },
    /// A rock broke: into two of the next size, or, if it was small, into salvage.
    RockSplit {
        /// The size that it had.
        size: RockSize,
        /// Where it was.
        at: Position,
        /// Who shot it, if anybody did.
        by: Option<Slot>,
    },
    /// A ship took up salvage.
    Collected {
        /// Whose ship.
        slot: Slot,
        /// Added to its score.
        value: u8,
        /// Where the piece was.
        at: Position,
    },
    /// A ship was destroyed.
    Killed {
        /// Whose ship.
        victim: Slot,
        /// Who shot; `None` if it was a rock.
        by: Option<Slot>,
        /// Where.
        at: Position,
    },
    /// The last will of a pilot that died or left was executed.
    EstateScattered {
        /// Whose estate.
        slot: Slot,
        /// What it is worth.
        value: u16,
        /// Where.
        at: Position,
    },
    /// A ship appeared.
    Spawned {
        /// Whose ship.
        slot: Slot,
        /// Where.
        at: Position,
    },
    /// Play is over, the results stand.
    RoundEnded {
        /// Who has the highest score; `None` if two or more share it.
        winner: Option<Slot>,
    },
    /// A fresh field, and all scores are zero.
    RoundStarted {
        /// The number of the round.
        number: u16,
    },
}
