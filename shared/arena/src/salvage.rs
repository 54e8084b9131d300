//! Salvage: how it is dropped, scattered, attracted and collected.
//!
//! Non-goals: when a pilot's salvage is scattered.

use serde::{Deserialize, Serialize};

use super::Arena;
use super::event::Event;
use super::heading::Heading;
use super::ship::SHIP_RADIUS;
use super::space::{Offset, Position, Velocity, world_units, world_units_per_second};
use crate::MAX_SLOTS;
use crate::TICK_RATE;
use netcode::Slot;

/// The radius of a piece of salvage, in units.
pub const SALVAGE_RADIUS: u32 = world_units(8);

/// How long a piece stays, in ticks.
pub const SALVAGE_TICKS: u16 = (25 * TICK_RATE) as u16;

/// A piece of salvage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Salvage {
    /// Its position.
    pub position: Position,
    /// Its velocity, which decreases.
    pub velocity: Velocity,
    /// The value that it adds to a score.
    pub value: u8,
    /// Ticks until it vanishes.
    pub remaining: u16,
}

impl Salvage {
    /// Whether the piece is about to vanish and should blink.
    #[must_use]
    pub const fn is_fading(&self) -> bool {
        self.remaining < (5 * TICK_RATE) as u16
    }
}

/// The least value that a destroyed ship scatters, so that every kill is worth something.
const BOUNTY: u16 = 4;

/// The most pieces into which a pilot's salvage is scattered.
const ESTATE_PIECES: u16 = 8;

/// A ship attracts pieces within this distance.
const PULL_REACH: u32 = world_units(110);

/// The acceleration of an attracted piece, per tick.
const PULL: i32 = world_units_per_second(9);

/// The fraction of a piece's velocity that is lost per tick.
const DRAG: (i32, i32) = (1, 40);

impl Arena {
    /// Moves the salvage, lets ships collect the pieces that they touch, and removes expired ones.
    pub(super) fn update_salvage(&mut self, emit: &mut dyn FnMut(Event)) {
        for index in (0..self.salvage.len()).rev() {
            let mut piece = self.salvage[index];
            piece.remaining = piece.remaining.saturating_sub(1);
            let nearest = self.round.is_playing().then(|| self.nearest_ship(&piece));
            let taken = nearest.flatten().is_some_and(|(slot, offset)| {
                let pull = offset.scaled_to(PULL);
                piece.velocity = piece.velocity.plus(pull);
                let touch = u64::from(SHIP_RADIUS + SALVAGE_RADIUS);
                let touched = offset.length_squared() <= touch * touch;
                if touched {
                    self.collect(slot, &piece, emit);
                }
                touched
            });
            if taken || piece.remaining == 0 {
                self.salvage.swap_remove(index);
                continue;
            }
            piece.velocity = piece.velocity.damped(DRAG.0, DRAG.1);
            piece.position = piece.position.drifted(piece.velocity);
            self.salvage[index] = piece;
        }
    }

    /// The nearest ship that attracts the piece, and the offset to it; the first of equally near ones.
    fn nearest_ship(&self, piece: &Salvage) -> Option<(Slot, Offset)> {
        Slot::first(MAX_SLOTS)
            .filter(|&slot| {
                let ship = self.ship(slot);
                piece.position.is_near(ship.position, PULL_REACH) && ship.is_flying()
            })
            .map(|slot| (slot, piece.position.offset_to(self.ship(slot).position)))
            .min_by_key(|(_, offset)| offset.length_squared())
    }

    fn collect(&mut self, slot: Slot, piece: &Salvage, emit: &mut dyn FnMut(Event)) {
        let ship = &mut self.ships[slot.index()];
        ship.score = ship.score.saturating_add(u16::from(piece.value));
        emit(Event::Collected {
            slot,
            value: piece.value,
            at: piece.position,
        });
    }

    /// Scatters half of a destroyed pilot's salvage.
    pub(super) fn scatter_half(&mut self, slot: Slot, emit: &mut dyn FnMut(Event)) {
        let ship = &mut self.ships[slot.index()];
        let half = ship.score / 2;
        ship.score -= half;
        let (position, velocity) = (ship.position, ship.velocity);
        self.scatter_estate(slot, position, velocity, half.max(BOUNTY), emit);
    }

    /// Scatters salvage of this total value as several pieces.
    pub(super) fn scatter_estate(
        &mut self,
        slot: Slot,
        at: Position,
        velocity: Velocity,
        value: u16,
        emit: &mut dyn FnMut(Event),
    ) {
        let pieces = value.div_ceil(3).clamp(1, ESTATE_PIECES);
        for index in 0..pieces {
            let share = value / pieces + u16::from(index < value % pieces);
            let heading = Heading(self.rng.next() as u16);
            let speed = world_units_per_second(40 + self.rng.below(120));
            let drift = velocity.damped(1, 2).plus(heading.offset(speed));
            self.drop_salvage(at, drift, u8::try_from(share).unwrap_or(u8::MAX));
        }
        emit(Event::EstateScattered { slot, value, at });
    }

    /// Adds a piece; at the capacity, its value is added to the nearest piece.
    pub(super) fn drop_salvage(&mut self, position: Position, velocity: Velocity, value: u8) {
        if self.salvage.is_full() {
            let nearest = self
                .salvage
                .iter_mut()
                .min_by_key(|piece| position.offset_to(piece.position).length_squared());
            if let Some(piece) = nearest {
                piece.value = piece.value.saturating_add(value);
            }
            return;
        }
        self.salvage.push(Salvage {
            position,
            velocity,
            value,
            remaining: SALVAGE_TICKS,
        });
    }
}
