//! Shots: straight, fast, and gone after a second.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::Arena;
use super::event::Event;
use super::ship::{Life, SHIP_RADIUS};
use super::space::{Position, Velocity, world_units, world_units_per_second};
use netcode::Slot;

/// The radius of a shot, in units.
pub const SHOT_RADIUS: u32 = world_units(3);

/// How long a shot lives, in ticks.
pub const SHOT_TICKS: u8 = 60;

/// How fast a shot leaves the muzzle, in units per tick; the ship's velocity comes on top.
pub(super) const SHOT_SPEED: i32 = world_units_per_second(620);

/// A shot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shot {
    /// Where it is.
    pub position: Position,
    /// Its movement, which nothing changes.
    pub velocity: Velocity,
    /// Who fired it.
    #[serde(deserialize_with = "seat")]
    pub owner: Slot,
    /// Ticks left to live.
    pub remaining: u8,
}

/// A slot that the arena has: state comes from the network.
fn seat<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Slot, D::Error> {
    let slot = Slot::deserialize(deserializer)?;
    if slot.index() < crate::MAX_SLOTS {
        Ok(slot)
    } else {
        Err(D::Error::custom("the shot's owner has no seat"))
    }
}

/// Ticks between two shots of a gun.
const RELOAD_TICKS: u8 = 11;

impl Arena {
    /// Moves the shots and drops those whose time is over.
    pub(super) fn fly_shots(&mut self) {
        for index in (0..self.shots.len()).rev() {
            let shot = &mut self.shots[index];
            shot.position = shot.position.drifted(shot.velocity);
            shot.remaining = shot.remaining.saturating_sub(1);
            if shot.remaining == 0 {
                self.shots.swap_remove(index);
            }
        }
    }

    /// Fires the seat's gun if it is ready. Attacking lowers the shield.
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
