//! The rules of Last Will: inertial dogfights in a wrap-around asteroid field, as a deterministic
//! [`Simulation`] on integers.
//!
//! ```
//! use arena::{Arena, Buttons, Controls, Event};
//! use netcode::{Simulation, Slot};
//!
//! let mut arena = Arena::new(7, 4); // a seed, and 4 bots
//! let slot = Slot::new(0).unwrap();
//! arena.join(slot);
//! arena.steer(slot, Controls::new(Buttons::THRUST | Buttons::FIRE));
//! let mut shots = 0;
//! for _ in 0..60 {
//!     arena.step(|event| shots += u32::from(matches!(event, Event::Fired { .. })));
//! }
//! assert!(arena.ship(slot).is_flying() && shots > 0);
//! ```
//!
//! An [`Arena`] is one plain value of fixed size: cloning it is a copy, stepping it allocates
//! nothing, and every state fits one keyframe. Bots are part of the simulation. What a client shows
//! or plays is reported as [`Event`]s.
//!
//! Non-goals: floating-point numbers in the rules, rendering, and networking.

mod bot;
mod contact;
mod controls;
mod digest;
pub mod drill;
pub mod easing;
mod event;
mod field;
mod hands;
mod heading;
mod rock;
mod round;
mod salvage;
mod say;
pub mod scene;
mod seats;
mod ship;
mod shot;
mod space;
mod spawn;

use arrayvec::ArrayVec;
use serde::{Deserialize, Serialize};

pub use controls::{Buttons, Controls};
pub use event::Event;
pub use hands::Hands;
pub use heading::Heading;
pub use rock::{Rock, RockSize};
pub use round::{PLAY_TICKS, Phase, RESULTS_TICKS, Round};
pub use salvage::{SALVAGE_RADIUS, SALVAGE_TICKS, Salvage};
pub use say::{Emote, MAX_TEXT, Say};
pub use ship::{
    GRACE_TICKS, Life, MAX_ENERGY, MAX_HULL, Pilot, RESPAWN_TICKS, SHIELD_TICKS, SHIP_RADIUS, Ship,
};
pub use shot::{SHOT_RADIUS, SHOT_TICKS, Shot};
pub use space::{
    ARENA_SIZE, GRAIN, MAX_VELOCITY, Offset, Position, Velocity, WORLD_UNIT, world_units,
    world_units_per_second,
};

use netcode::{Simulation, Slot};
use rng::Rng;

/// Ticks per second.
pub const TICK_RATE: u32 = 60;

/// The number of seats of a match, including those of bots.
pub const MAX_SLOTS: usize = 32;

/// The version of the rules: increased whenever the same inputs lead to another state.
pub const RULES_VERSION: u32 = 1;

/// The id of the game in match records and tickets.
pub const GAME: &str = "last-will";

/// The most rocks at a time.
pub const MAX_ROCKS: usize = 64;

/// The most shots at a time; another shot replaces the oldest one.
pub const MAX_SHOTS: usize = 112;

/// The most pieces of salvage at a time; further value is added to the nearest piece.
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
    /// A new arena at the start of its first round. Bots take free seats until people and bots
    /// together are `bots`.
    #[must_use]
    pub fn new(seed: u64, bots: u8) -> Self {
        let mut arena = Self {
            rng: Rng::new(seed),
            round: Round::FIRST,
            bots,
            ships: [Ship::VACANT; MAX_SLOTS],
            rocks: ArrayVec::new(),
            shots: ArrayVec::new(),
            salvage: ArrayVec::new(),
        };
        arena.fill_field();
        arena
    }

    /// The ships of all seats, by [`Slot::index`].
    #[must_use]
    pub const fn ships(&self) -> &[Ship; MAX_SLOTS] {
        &self.ships
    }

    /// The ship of a seat.
    #[must_use]
    pub const fn ship(&self, slot: Slot) -> &Ship {
        &self.ships[slot.index()]
    }

    /// The rocks, in an order that changes.
    #[must_use]
    pub fn rocks(&self) -> &[Rock] {
        &self.rocks
    }

    /// The shots, in an order that changes.
    #[must_use]
    pub fn shots(&self) -> &[Shot] {
        &self.shots
    }

    /// The salvage, in an order that changes.
    #[must_use]
    pub fn salvage(&self) -> &[Salvage] {
        &self.salvage
    }

    /// The round and its phase.
    #[must_use]
    pub const fn round(&self) -> Round {
        self.round
    }

    /// The number of pilots up to which bots fill free seats.
    #[must_use]
    pub const fn bots(&self) -> u8 {
        self.bots
    }

    fn enter(&mut self, phase: Phase, emit: &mut dyn FnMut(Event)) {
        self.shots.clear();
        match phase {
            Phase::Results => emit(Event::RoundEnded {
                winner: self.leader(),
            }),
            Phase::Playing => {
                self.salvage.clear();
                self.rocks.clear();
                for ship in &mut self.ships {
                    *ship = Ship {
                        controls: ship.controls,
                        ..Ship::arriving(ship.pilot)
                    };
                }
                self.fill_field();
                emit(Event::RoundStarted {
                    number: self.round.number,
                });
            }
        }
    }

    /// The seat with the highest score, unless several share it.
    fn leader(&self) -> Option<Slot> {
        let score = |slot: &Slot| self.ship(*slot).score;
        let seated = |slot: &Slot| self.ship(*slot).pilot != Pilot::Empty;
        let leader = Slot::first(MAX_SLOTS).filter(seated).max_by_key(score)?;
        let shared = Slot::first(MAX_SLOTS)
            .filter(seated)
            .any(|slot| slot != leader && score(&slot) == score(&leader));
        (!shared).then_some(leader)
    }

    fn move_ships(&mut self, emit: &mut dyn FnMut(Event)) {
        let playing = self.round.is_playing();
        for slot in Slot::first(MAX_SLOTS) {
            let ship = &mut self.ships[slot.index()];
            if !ship.is_flying() {
                continue;
            }
            let controls = if playing {
                ship.controls
            } else {
                Controls::IDLE
            };
            ship.fly(controls);
            if controls.held(Buttons::FIRE) {
                self.fire(slot, emit);
            }
        }
    }
}

impl Simulation for Arena {
    const TICK_RATE: u32 = TICK_RATE;
    const SEATS: usize = MAX_SLOTS;
    const RULES_VERSION: u32 = RULES_VERSION;

    type Controls = Controls;
    type Message = Say;
    type Event = Event;

    fn join(&mut self, slot: Slot) {
        if self.ship(slot).pilot != Pilot::Person {
            self.vacate(slot, &mut |_| ());
            self.ships[slot.index()] = Ship::arriving(Pilot::Person);
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

    fn step(&mut self, mut emit: impl FnMut(Event)) {
        let emit = &mut emit;
        if let Some(phase) = self.round.tick() {
            self.enter(phase, emit);
        }
        self.update_seats(emit);
        self.spawn_ships(emit);
        self.steer_bots();
        self.move_rocks();
        self.move_shots();
        self.move_ships(emit);
        self.collide_shots(emit);
        self.collide_ships(emit);
        self.update_salvage(emit);
        self.replenish_field();
    }

    fn checksum(&self) -> u32 {
        digest::digest(self)
    }
}
