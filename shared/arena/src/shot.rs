//! Shots: how they are fired, move and expire.
//!
//! Non-goals: what they hit: see [`super::contact`].

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::Arena;
use super::event::Event;
use super::ship::{Life, SHIP_RADIUS};
use super::space::{Position, Velocity, world_units, world_units_per_second};
use netcode::Slot;

/// The radius of a shot, in units.
pub const SHOT_RADIUS: u32 = world_units(3);

/// The lifetime of a shot, in ticks.
pub const SHOT_TICKS: u8 = 60;

/// The speed of a shot relative to the ship that fires it, in units per tick.
pub(super) const SHOT_SPEED: i32 = world_units_per_second(620);

/// A shot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shot {
    /// Its position.
    pub position: Position,
    /// Its velocity, which is constant.
    pub velocity: Velocity,
    /// The seat of the ship that fired it.
    #[serde(deserialize_with = "seat")]
    pub owner: Slot,
    /// The remaining ticks of its lifetime.
    pub remaining: u8,
}

/// Deserializes a slot of the arena; others are refused, because states come from the network.
fn seat<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Slot, D::Error> {
    let slot = Slot::deserialize(deserializer)?;
    if slot.index() < crate::MAX_SLOTS {
        Ok(slot)
    } else {
        Err(D::Error::custom(
            "the owner of the shot is not a seat of the arena",
        ))
    }
}

/// Ticks between two shots of a ship.
const RELOAD_TICKS: u8 = 11;

impl Arena {
    /// Moves the shots and removes expired ones.
    pub(super) fn move_shots(&mut self) {
        for index in (0..self.shots.len()).rev() {
            let shot = &mut self.shots[index];
            shot.position = shot.position.drifted(shot.velocity);
            shot.remaining = shot.remaining.saturating_sub(1);
            if shot.remaining == 0 {
                self.shots.swap_remove(index);
            }
        }
    }

    /// Fires the gun of the seat's ship if it is ready, which ends the shield.
    pub(super) fn fire(&mut self, slot: Slot, emit: &mut dyn FnMut(Event)) {
        let ship = &mut self.ships[slot.index()];
        if ship.cooldown > 0 {
            return;
        }
        ship.cooldown = RELOAD_TICKS;
        ship.life = Life::Flying { shield: 0 };
        let (heading, at) = (
            ship.heading,
            ship.position.moved(ship.heading.offset(SHIP_RADIUS as i32)),
        );
        let shot = Shot {
            position: at,
            velocity: ship.velocity.plus(heading.offset(SHOT_SPEED)),
            owner: slot,
            remaining: SHOT_TICKS,
        };
        if self.shots.is_full() {
            self.drop_oldest_shot();
        }
        self.shots.push(shot);
        emit(Event::Fired { slot, at, heading });
    }

    fn drop_oldest_shot(&mut self) {
        let oldest = (0..self.shots.len()).min_by_key(|&index| self.shots[index].remaining);
        if let Some(index) = oldest {
            self.shots.swap_remove(index);
        }
    }
}
