//! Ships and how they fly: inertia, thrust, drag, boost.
//!
//! A ship deliberately knows nothing of what it meets; that is `contact`'s.

use serde::{Deserialize, Serialize};

use super::controls::{Buttons, Controls};
use super::heading::Heading;
use super::space::{Position, Velocity, world_units, world_units_per_second};
use crate::TICK_RATE;

/// The radius of a ship, in units.
pub const SHIP_RADIUS: u32 = world_units(12);

/// Hits that a fresh ship takes, the last of which destroys it.
pub const MAX_HULL: u8 = 3;

/// The energy of a fresh ship; boosting takes it, time gives it back.
pub const MAX_ENERGY: u8 = 240;

/// Ticks from a ship's destruction to its return.
pub const RESPAWN_TICKS: u8 = (TICK_RATE * 5 / 2) as u8;

/// Ticks of shield on appearing.
pub const SHIELD_TICKS: u8 = (TICK_RATE * 2) as u8;

/// Ticks after a hit in which no other hit counts.
pub const GRACE_TICKS: u8 = 30;

/// A full turn takes 1.1 s.
const TURN_RATE: u16 = 1000;

/// Added to the speed in a tick of thrust: 350 world units per second squared.
const THRUST: i32 = world_units_per_second(350) / TICK_RATE as i32;

/// The same while boosting.
const BOOST_THRUST: i32 = world_units_per_second(560) / TICK_RATE as i32;

/// The part of the speed lost in a tick; with it, thrust alone reaches 380 world units a second
/// and boost 600.
const DRAG: (i32, i32) = (1, 65);

const BOOST_COST: u8 = 2;

/// A seat's ship.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ship {
    /// Who flies it.
    pub pilot: Pilot,
    /// Whether it is there at all.
    pub life: Life,
    /// Its middle; of a dead one, where it died.
    pub position: Position,
    /// Its movement.
    pub velocity: Velocity,
    /// Where its nose points.
    pub heading: Heading,
    /// What its pilot holds.
    pub controls: Controls,
    /// Hits left, at most [`MAX_HULL`].
    pub hull: u8,
    /// For boosting, at most [`MAX_ENERGY`].
    pub energy: u8,
    /// Ticks until the gun is ready.
    pub cooldown: u8,
    /// Ticks left in which no hit counts, because one just did.
    pub grace: u8,
    /// Salvage collected in this round and not lost.
    pub score: u16,
    /// Ships destroyed in this round.
    pub kills: u16,
}

/// Who sits in a seat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Pilot {
    /// Nobody.
    #[default]
    Empty,
    /// The arena itself.
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
            _ => Err("there is no such pilot"),
        }
    }
}

/// Whether a ship is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Life {
    /// It flies.
    Flying {
        /// Ticks left in which nothing hurts it, unless it fires.
        shield: u8,
    },
    /// It is gone; if somebody sits in the seat, it comes back.
    Dead {
        /// Ticks until then.
        respawn_in: u8,
    },
}

impl Ship {
    /// A ship that nobody flies.
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

    /// The ship of a pilot that just arrived: it appears in the next step.
    pub(super) const fn arriving(pilot: Pilot) -> Self {
        Self {
            pilot,
            ..Self::VACANT
        }
    }

    /// Whether the ship is there: it has a pilot and is not destroyed.
    #[must_use]
    pub fn is_flying(&self) -> bool {
        self.pilot != Pilot::Empty && matches!(self.life, Life::Flying { .. })
    }

    /// Whether a shield or the moment of grace after a hit protects the ship.
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

    /// Appears, whole and shielded.
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

    /// One tick of flight under `controls`.
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
