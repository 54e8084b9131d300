//! Arenas to order: a scene has an arena's fields in an arena's order, so its keyframe is one of
//! an arena.

use arrayvec::ArrayVec;
use serde::{Deserialize, Serialize};
use shared::protocol::Epoch;
use shared::sim::arena::{
    Arena, Buttons, Controls, Event, Heading, Life, MAX_ENERGY, MAX_HULL, MAX_ROCKS, MAX_SALVAGE,
    MAX_SHOTS, PLAY_TICKS, Phase, Pilot, Position, Rock, RockSize, Round, SALVAGE_TICKS,
    SHOT_TICKS, Salvage, Ship, Shot, Velocity, world_units, world_units_per_second,
};
use shared::sim::{MAX_SLOTS, Simulation, Slot, Tick};
use shared::wire::{self, Keyframe};

pub(crate) const FIRE: Controls = Controls::new(Buttons::FIRE);

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Scene {
    pub(crate) rng: u64,
    pub(crate) round: Round,
    pub(crate) bots: u8,
    pub(crate) ships: [Ship; MAX_SLOTS],
    pub(crate) rocks: ArrayVec<Rock, MAX_ROCKS>,
    pub(crate) shots: ArrayVec<Shot, MAX_SHOTS>,
    pub(crate) salvage: ArrayVec<Salvage, MAX_SALVAGE>,
}

impl Default for Scene {
    /// Nobody and nothing, at the start of a round.
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
    /// People's ships, in seats 0 and up.
    pub(crate) fn with_ships<const N: usize>(ships: [Ship; N]) -> Self {
        let mut scene = Self::default();
        scene.ships[..N].copy_from_slice(&ships);
        scene
    }

    pub(crate) fn with_rock(mut self, rock: Rock) -> Self {
        self.rocks.push(rock);
        self
    }

    pub(crate) fn with_shot(mut self, shot: Shot) -> Self {
        self.shots.push(shot);
        self
    }

    pub(crate) fn with_salvage(mut self, salvage: Salvage) -> Self {
        self.salvage.push(salvage);
        self
    }

    pub(crate) fn arena(&self) -> Arena {
        let payload = keyframe(self);
        wire::decode::<Keyframe<Arena>>(&payload).unwrap().state
    }
}

/// The longest keyframe of a state.
pub(crate) fn keyframe(state: &impl Serialize) -> Vec<u8> {
    let keyframe = Keyframe {
        epoch: Epoch(u32::MAX),
        seq: u32::MAX,
        tick: Tick(u32::MAX),
        state,
    };
    wire::encode(&keyframe).unwrap()
}

/// A place in world units.
pub(crate) fn at(x: u32, y: u32) -> Position {
    Position::new(world_units(x), world_units(y))
}

/// A velocity in world units a second.
pub(crate) fn speed(x: i32, y: i32) -> Velocity {
    let axis = |value: i32| world_units_per_second(value.unsigned_abs()) * value.signum();
    Velocity::new(axis(x), axis(y))
}

pub(crate) fn slot(index: u8) -> Slot {
    Slot::new(index).unwrap()
}

/// A person's whole ship at rest, nose to the right.
pub(crate) fn ship(x: u32, y: u32) -> Ship {
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

pub(crate) fn rock(x: u32, y: u32, size: RockSize) -> Rock {
    Rock {
        position: at(x, y),
        velocity: Velocity::ZERO,
        size,
        seed: 0,
    }
}

pub(crate) fn shot(x: u32, y: u32, owner: u8, velocity: Velocity) -> Shot {
    Shot {
        position: at(x, y),
        velocity,
        owner: slot(owner),
        remaining: SHOT_TICKS,
    }
}

pub(crate) fn salvage(x: u32, y: u32, value: u8) -> Salvage {
    Salvage {
        position: at(x, y),
        velocity: Velocity::ZERO,
        value,
        remaining: SALVAGE_TICKS,
    }
}

/// Steps and returns what happened.
pub(crate) fn play(arena: &mut Arena, ticks: u32) -> Vec<Event> {
    let mut events = Vec::new();
    for _ in 0..ticks {
        arena.step(|event| events.push(event));
    }
    events
}
