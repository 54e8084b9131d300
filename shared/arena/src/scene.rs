//! Arenas in any state, for tests and tools.
//!
//! A [`Scene`] has the fields of an arena in the same order, so that its encoding is that of an
//! arena.
//!
//! Non-goals: states that are reachable in a match.

#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a scene that is not a valid arena is a mistake in a test"
)]

use crate::MAX_SLOTS;
use crate::{
    Arena, Buttons, Controls, Event, Heading, Life, MAX_ENERGY, MAX_HULL, MAX_ROCKS, MAX_SALVAGE,
    MAX_SHOTS, PLAY_TICKS, Phase, Pilot, Position, Rock, RockSize, Round, SALVAGE_TICKS,
    SHOT_TICKS, Salvage, Ship, Shot, Velocity, world_units, world_units_per_second,
};
use arrayvec::ArrayVec;
use netcode::wire::{self, Keyframe};
use netcode::{Epoch, Simulation, Slot, Tick};
use serde::{Deserialize, Serialize};

/// The fire button alone.
pub const FIRE: Controls = Controls::new(Buttons::FIRE);

/// The fields of an [`Arena`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Scene {
    /// The state of the random number generator.
    pub rng: u64,
    /// The round.
    pub round: Round,
    /// See [`Arena::bots`].
    pub bots: u8,
    /// The ships of all seats, by [`Slot::index`].
    pub ships: [Ship; MAX_SLOTS],
    /// The rocks, in any order.
    pub rocks: ArrayVec<Rock, MAX_ROCKS>,
    /// The shots, in any order.
    pub shots: ArrayVec<Shot, MAX_SHOTS>,
    /// The salvage, in any order.
    pub salvage: ArrayVec<Salvage, MAX_SALVAGE>,
}

impl Default for Scene {
    /// An empty arena at the start of a round.
    fn default() -> Self {
        let vacant = Ship {
            pilot: Pilot::Empty,
            life: Life::Dead { respawn_in: 0 },
            hull: 0,
            energy: 0,
            ..ship(0, 0)
        };
        Self {
            rng: 1,
            round: Round {
                number: 1,
                phase: Phase::Playing,
                remaining: PLAY_TICKS,
            },
            bots: 0,
            ships: [vacant; MAX_SLOTS],
            rocks: ArrayVec::new(),
            shots: ArrayVec::new(),
            salvage: ArrayVec::new(),
        }
    }
}

impl Scene {
    /// A scene with these ships in the first seats.
    #[must_use]
    pub fn with_ships<const N: usize>(ships: [Ship; N]) -> Self {
        let mut scene = Self::default();
        scene.ships[..N].copy_from_slice(&ships);
        scene
    }

    /// Adds a rock.
    #[must_use]
    pub fn with_rock(mut self, rock: Rock) -> Self {
        self.rocks.push(rock);
        self
    }

    /// Adds a shot.
    #[must_use]
    pub fn with_shot(mut self, shot: Shot) -> Self {
        self.shots.push(shot);
        self
    }

    /// Adds a piece of salvage.
    #[must_use]
    pub fn with_salvage(mut self, salvage: Salvage) -> Self {
        self.salvage.push(salvage);
        self
    }

    /// The arena in this state.
    #[must_use]
    pub fn arena(&self) -> Arena {
        let payload = keyframe(self);
        wire::decode::<Keyframe<Arena>>(&payload).unwrap().state
    }
}

/// The encoded keyframe of a state, with the longest possible header.
#[must_use]
pub fn keyframe(state: &impl Serialize) -> Vec<u8> {
    let keyframe = Keyframe {
        epoch: Epoch(u32::MAX),
        seq: u32::MAX,
        tick: Tick(u32::MAX),
        state,
    };
    wire::encode(&keyframe).unwrap()
}

/// A position, in world units.
#[must_use]
pub fn at(x: u32, y: u32) -> Position {
    Position::new(world_units(x), world_units(y))
}

/// A velocity in world units a second.
#[must_use]
pub fn speed(x: i32, y: i32) -> Velocity {
    let axis = |value: i32| world_units_per_second(value.unsigned_abs()) * value.signum();
    Velocity::new(axis(x), axis(y))
}

/// The slot of this number.
#[must_use]
pub fn slot(index: u8) -> Slot {
    Slot::new(index).unwrap()
}

/// An undamaged ship of a person at rest that points to the right, at a position in world units.
#[must_use]
pub fn ship(x: u32, y: u32) -> Ship {
    Ship {
        pilot: Pilot::Person,
        life: Life::Flying { shield: 0 },
        position: at(x, y),
        velocity: Velocity::ZERO,
        heading: Heading(0),
        controls: Controls::IDLE,
        hull: MAX_HULL,
        energy: MAX_ENERGY,
        cooldown: 0,
        grace: 0,
        score: 0,
        kills: 0,
    }
}

/// A rock at rest, at a position in world units.
#[must_use]
pub fn rock(x: u32, y: u32, size: RockSize) -> Rock {
    Rock {
        position: at(x, y),
        velocity: Velocity::ZERO,
        size,
        seed: 0,
    }
}

/// A new shot, at a position in world units.
#[must_use]
pub fn shot(x: u32, y: u32, owner: u8, velocity: Velocity) -> Shot {
    Shot {
        position: at(x, y),
        velocity,
        owner: slot(owner),
        remaining: SHOT_TICKS,
    }
}

/// A piece of salvage at rest, at a position in world units.
#[must_use]
pub fn salvage(x: u32, y: u32, value: u8) -> Salvage {
    Salvage {
        position: at(x, y),
        velocity: Velocity::ZERO,
        value,
        remaining: SALVAGE_TICKS,
    }
}

/// Steps `ticks` times and returns the events.
pub fn play(arena: &mut Arena, ticks: u32) -> Vec<Event> {
    let mut events = Vec::new();
    for _ in 0..ticks {
        arena.step(|event| events.push(event));
    }
    events
}
