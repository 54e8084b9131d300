//! Ships and their movement: inertia, thrust, drag and boost.
//!
//! Non-goals: collisions: see [`super::contact`].

use serde::{Deserialize, Serialize};

use super::controls::{Buttons, Controls};
use super::heading::Heading;
use super::space::{Position, Velocity, world_units, world_units_per_second};
use crate::TICK_RATE;

/// The radius of a ship, in units.
pub const SHIP_RADIUS: u32 = world_units(12);

/// The hull of a new ship: the number of hits that destroy it.
pub const MAX_HULL: u8 = 3;

/// The energy of a new ship; boosting uses it, and it recovers over time.
pub const MAX_ENERGY: u8 = 240;

/// Ticks from the destruction of a ship until it reappears.
pub const RESPAWN_TICKS: u8 = (TICK_RATE * 5 / 2) as u8;

/// Ticks for which a new ship is shielded.
pub const SHIELD_TICKS: u8 = (TICK_RATE * 2) as u8;

/// Ticks after a hit in which further hits have no effect.
pub const GRACE_TICKS: u8 = 30;

/// The change of heading per tick: a full turn takes 1.1 s.
const TURN_RATE: u16 = 1000;

/// The acceleration by thrust, per tick: 350 world units per second squared.
const THRUST: i32 = world_units_per_second(350) / TICK_RATE as i32;

/// The acceleration by boost, per tick.
const BOOST_THRUST: i32 = world_units_per_second(560) / TICK_RATE as i32;

/// The fraction of the velocity that is lost per tick. The top speed is 380 world units per second by
/// thrust, and 600 by boost.
const DRAG: (i32, i32) = (1, 65);

/// The energy that boost uses per tick.
const BOOST_COST: u8 = 2;

/// The ship of a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ship {
    /// The kind of its pilot.
    pub pilot: Pilot,
    /// Whether it is flying or destroyed.
    pub life: Life,
    /// Its centre; if it is destroyed, where that happened.
    pub position: Position,
    /// Its velocity.
    pub velocity: Velocity,
    /// The direction of its nose.
    pub heading: Heading,
    /// The controls of its pilot.
    pub controls: Controls,
    /// The remaining hits, at most [`MAX_HULL`].
    pub hull: u8,
    /// The energy for boosting, at most [`MAX_ENERGY`].
    pub energy: u8,
    /// Ticks until the gun can fire.
    pub cooldown: u8,
    /// The remaining ticks in which hits have no effect, because of an earlier hit.
    pub grace: u8,
    /// Salvage collected in this round and not lost.
    pub score: u16,
    /// Ships destroyed in this round.
    pub kills: u16,
}

/// The kind of pilot in a seat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Pilot {
    /// No pilot.
    #[default]
    Empty,
    /// A bot of the simulation.
    Bot,
    /// A person.
    Person,
}

impl From<Pilot> for u8 {
    fn from(pilot: Pilot) -> Self {
        pilot as Self
    }
}

impl TryFrom<u8> for Pilot {
    type Error = &'static str;

    fn try_from(byte: u8) -> Result<Self, Self::Error> {
        match byte {
            0 => Ok(Self::Empty),
            1 => Ok(Self::Bot),
            2 => Ok(Self::Person),
            _ => Err("unknown kind of pilot"),
        }
    }
}

/// Whether a ship is flying or destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Life {
    /// Flying.
    Flying {
        /// The remaining ticks of the shield, which ends when the ship fires.
        shield: u8,
    },
    /// Destroyed; it reappears if the seat has a pilot.
    Dead {
        /// Ticks until it reappears.
        respawn_in: u8,
    },
}

impl Ship {
    /// The ship of an empty seat.
    pub(super) const VACANT: Self = Self {
        pilot: Pilot::Empty,
        life: Life::Dead { respawn_in: 0 },
        position: Position::new(0, 0),
        velocity: Velocity::ZERO,
        heading: Heading(0),
        controls: Controls::IDLE,
        hull: 0,
        energy: 0,
        cooldown: 0,
        grace: 0,
        score: 0,
        kills: 0,
    };

    /// The ship of a new pilot, which appears in the next step.
    pub(super) const fn arriving(pilot: Pilot) -> Self {
        Self {
            pilot,
            ..Self::VACANT
        }
    }

    /// Whether the ship has a pilot and is not destroyed.
    #[must_use]
    pub fn is_flying(&self) -> bool {
        self.pilot != Pilot::Empty && matches!(self.life, Life::Flying { .. })
    }

    /// Whether the shield or the grace time after a hit protects the ship.
    #[must_use]
    pub const fn is_protected(&self) -> bool {
        self.grace > 0 || self.is_shielded()
    }

    /// Whether the ship's shield is up.
    #[must_use]
    pub const fn is_shielded(&self) -> bool {
        matches!(self.life, Life::Flying { shield: 1.. })
    }

    /// Whether the ship accelerates.
    #[must_use]
    pub const fn is_thrusting(&self) -> bool {
        self.controls.held(Buttons::THRUST) || self.controls.held(Buttons::BOOST)
    }

    /// Whether the ship accelerates by more than thrust.
    #[must_use]
    pub const fn is_boosting(&self) -> bool {
        self.controls.held(Buttons::BOOST) && self.energy >= BOOST_COST
    }

    /// Appears at a position, undamaged and shielded.
    pub(super) const fn appear(&mut self, position: Position, heading: Heading) {
        self.life = Life::Flying {
            shield: SHIELD_TICKS,
        };
        self.position = position;
        self.velocity = Velocity::ZERO;
        self.heading = heading;
        self.hull = MAX_HULL;
        self.energy = MAX_ENERGY;
        self.cooldown = 0;
        self.grace = 0;
    }

    /// Moves the ship for one tick under `controls`.
    pub(super) fn fly(&mut self, controls: Controls) {
        if let Life::Flying { shield } = &mut self.life {
            *shield = shield.saturating_sub(1);
        }
        self.cooldown = self.cooldown.saturating_sub(1);
        self.grace = self.grace.saturating_sub(1);
        self.turn(controls);
        self.accelerate(controls);
        self.position = self.position.drifted(self.velocity);
    }

    fn turn(&mut self, controls: Controls) {
        let (left, right) = (controls.held(Buttons::LEFT), controls.held(Buttons::RIGHT));
        self.heading = match controls.aim() {
            Some(aim) => self.heading.turned_to(aim, TURN_RATE),
            None if left && !right => self.heading + TURN_RATE,
            None if right && !left => self.heading - TURN_RATE,
            None => self.heading,
        };
    }

    fn accelerate(&mut self, controls: Controls) {
        let (lost, of) = DRAG;
        self.velocity = self.velocity.damped(lost, of);
        let boost = controls.held(Buttons::BOOST);
        if boost && self.energy >= BOOST_COST {
            self.energy -= BOOST_COST;
            self.velocity = self.velocity.plus(self.heading.offset(BOOST_THRUST));
        } else if boost || controls.held(Buttons::THRUST) {
            self.velocity = self.velocity.plus(self.heading.offset(THRUST));
        }
        if !boost {
            self.energy = self.energy.saturating_add(1).min(MAX_ENERGY);
        }
    }
}
