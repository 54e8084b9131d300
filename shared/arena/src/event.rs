//! The events of a step, for display and sound.
//!
//! Non-goals: state; the rules never read events.

use netcode::Slot;

use super::heading::Heading;
use super::rock::RockSize;
use super::space::Position;

/// An event in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A ship fired.
    Fired {
        /// The seat of the ship.
        slot: Slot,
        /// The position of the muzzle.
        at: Position,
        /// The direction of the shot.
        heading: Heading,
    },
    /// A ship was damaged but not destroyed.
    Hit {
        /// The seat of the ship.
        victim: Slot,
        /// The seat that fired; `None` if it was a rock.
        by: Option<Slot>,
        /// The point of contact.
        at: Position,
    },
    /// A hit had no effect, because of the shield or the grace time after a hit.
    Deflected {
        /// The seat of the ship.
        slot: Slot,
        /// The point of contact.
        at: Position,
    },
    /// Two ships collided.
    Bumped {
        /// The seat of one ship.
        slot: Slot,
        /// The seat of the other ship.
        other: Slot,
        /// The point of contact.
        at: Position,
    },
    /// A rock broke: into two of the next size, or, if it was small, into salvage.
    RockSplit {
        /// The size of the rock.
        size: RockSize,
        /// The position of the rock.
        at: Position,
        /// The seat that fired at it; `None` if a ship hit it.
        by: Option<Slot>,
    },
    /// A ship collected salvage.
    Collected {
        /// The seat of the ship.
        slot: Slot,
        /// The value added to its score.
        value: u8,
        /// The position of the piece.
        at: Position,
    },
    /// A ship was destroyed.
    Killed {
        /// The seat of the ship.
        victim: Slot,
        /// The seat that fired; `None` if it was a rock.
        by: Option<Slot>,
        /// The position.
        at: Position,
    },
    /// The salvage of a pilot that died or left was scattered.
    EstateScattered {
        /// The seat of the pilot.
        slot: Slot,
        /// The scattered value.
        value: u16,
        /// The position.
        at: Position,
    },
    /// A ship appeared.
    Spawned {
        /// The seat of the ship.
        slot: Slot,
        /// The position.
        at: Position,
    },
    /// The round is over; the results are shown.
    RoundEnded {
        /// The seat with the highest score; `None` if several share it.
        winner: Option<Slot>,
    },
    /// A new round started, with a new field and all scores at zero.
    RoundStarted {
        /// The number of the round.
        number: u16,
    },
}
