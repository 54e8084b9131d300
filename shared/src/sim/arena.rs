//! The arena: inertial dogfights in a wrap-around asteroid field, as a deterministic
//! [`Simulation`] on integers.
//!
//! An [`Arena`] is one plain value of fixed size, so that cloning it is a copy and stepping it
//! allocates nothing; its every state fits a keyframe. Bots fly inside it.
//! It deliberately uses no float and knows no screen: what is worth showing is told as [`Event`]s.

mod controls;
mod digest;
mod event;
mod heading;
mod rng;
mod rock;
mod round;
mod salvage;
mod ship;
mod shot;
mod space;

use arrayvec::ArrayVec;
use serde::{Deserialize, Serialize};

pub use controls::{Buttons, Controls};
pub use event::Event;
pub use heading::Heading;
pub use rock::{Rock, RockSize};
pub use round::{PLAY_TICKS, Phase, RESULTS_TICKS, Round};
pub use salvage::{SALVAGE_RADIUS, SALVAGE_TICKS, Salvage};
pub use ship::{
    GRACE_TICKS, Life, MAX_ENERGY, MAX_HULL, Pilot, RESPAWN_TICKS, SHIELD_TICKS, SHIP_RADIUS, Ship,
};
pub use shot::{SHOT_RADIUS, SHOT_TICKS, Shot};
pub use space::{
    ARENA_SIZE, GRAIN, MAX_VELOCITY, Offset, Position, Velocity, WORLD_UNIT, world_units,
    world_units_per_second,
};

use super::{MAX_SLOTS, Simulation, Slot};
use rng::Rng;

/// The version of the rules: arenas of different versions must not meet in a match.
pub const SIM_VERSION: u32 = 1;

/// The most rocks at a time.
pub const MAX_ROCKS: usize = 64;

/// The most shots at a time; at that number a gun holds its fire.
pub const MAX_SHOTS: usize = 112;

/// The most pieces of salvage at a time; at that number more value goes into the pieces there.
pub const MAX_SALVAGE: usize = 64;

/// The whole state of a match.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Arena {
    rng: Rng,
    round: Round,
    bots: u8,
    ships: [Ship; MAX_SLOTS],
    rocks: ArrayVec<Rock, MAX_ROCKS>,
    shots: ArrayVec<Shot, MAX_SHOTS>,
    salvage: ArrayVec<Salvage, MAX_SALVAGE>,
}

impl Arena {
    /// A fresh arena at the beginning of its first round, in which bots fill up to `bots` seats
    /// that people do not take.
    #[must_use]
    pub fn new(seed: u64, bots: u8) -> Self {
        Self {
            rng: Rng::new(seed),
            round: Round::FIRST,
            bots,
            ships: [Ship::VACANT; MAX_SLOTS],
            rocks: ArrayVec::new(),
            shots: ArrayVec::new(),
            salvage: ArrayVec::new(),
        }
    }

    /// Every seat's ship, by [`Slot::index`].
    #[must_use]
    pub const fn ships(&self) -> &[Ship; MAX_SLOTS] {
        &self.ships
    }

    /// The ship of a seat.
    #[must_use]
    pub const fn ship(&self, slot: Slot) -> &Ship {
        &self.ships[slot.index()]
    }

    /// The rocks, in no lasting order.
    #[must_use]
    pub fn rocks(&self) -> &[Rock] {
        &self.rocks
    }

    /// The shots, in no lasting order.
    #[must_use]
    pub fn shots(&self) -> &[Shot] {
        &self.shots
    }

    /// The salvage, in no lasting order.
    #[must_use]
    pub fn salvage(&self) -> &[Salvage] {
        &self.salvage
    }

    /// Where the match stands.
    #[must_use]
    pub const fn round(&self) -> Round {
        self.round
    }

    /// The number of pilots that bots make up if there are fewer people.
    #[must_use]
    pub const fn bots(&self) -> u8 {
        self.bots
    }
}

impl Simulation for Arena {
    type Controls = Controls;
    type Event = Event;

    fn join(&mut self, slot: Slot) {
        let ship = &mut self.ships[slot.index()];
        if ship.pilot != Pilot::Person {
            *ship = Ship::arriving(Pilot::Person);
        }
    }

    fn leave(&mut self, slot: Slot) {
        let ship = &mut self.ships[slot.index()];
        if ship.pilot == Pilot::Person {
            ship.pilot = Pilot::Empty;
        }
    }

    fn steer(&mut self, slot: Slot, controls: Controls) {
        let ship = &mut self.ships[slot.index()];
        if ship.pilot == Pilot::Person {
            ship.controls = controls;
        }
    }

    fn controls(&self, slot: Slot) -> Option<Controls> {
        let ship = self.ship(slot);
        (ship.pilot == Pilot::Person).then_some(ship.controls)
    }

    fn step(&mut self, _emit: impl FnMut(Event)) {
        self.round.tick();
    }

    fn checksum(&self) -> u32 {
        digest::digest(self)
    }
}
