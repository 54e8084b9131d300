//! Salvage: what is fought for.

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
    /// Where it is.
    pub position: Position,
    /// Its movement, which dies down.
    pub velocity: Velocity,
    /// What it adds to a score.
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

/// What a destroyed pilot's estate is worth at least, so that every kill pays.
const BOUNTY: u16 = 4;

/// The most pieces that an estate scatters into.
const ESTATE_PIECES: u16 = 8;

/// A piece this near to a ship drifts towards it.
const PULL_REACH: u32 = world_units(110);

/// How much faster a pulled piece gets in a tick.
const PULL: i32 = world_units_per_second(9);

/// The part of a piece's speed lost in a tick.
const DRAG: (i32, i32) = (1, 40);

impl Arena {
    /// Moves the salvage, gives it to the ships that touch it, and drops what nobody wanted.
    pub(super) fn drift_salvage(&mut self, emit: &mut dyn FnMut(Event)) {
        for index in (0..self.salvage.len()).rev() {
            let mut piece = self.salvage[index];
            piece.remaining = piece.remaining.saturating_sub(1);
            let taker = self.round.is_playing().then(|| self.nearest_ship(&piece));
            let taken = taker.flatten().is_some_and(|(slot, way)| {
                let pull = way.scaled_to(PULL);
                piece.velocity = piece.velocity.plus(pull);
                let touch = u64::from(SHIP_RADIUS + SALVAGE_RADIUS);
                let touched = way.length_squared() <= touch * touch;
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

    /// The nearest ship that pulls at the piece and the way to it; of equally near ones the
    /// first.
    fn nearest_ship(&self, piece: &Salvage) -> Option<(Slot, Offset)> {
        Slot::first(MAX_SLOTS)
            .filter(|&slot| {
                let ship = self.ship(slot);
                piece.position.is_near(ship.position, PULL_REACH) && ship.is_flying()
            })
            .map(|slot| (slot, piece.position.offset_to(self.ship(slot).position)))
            .min_by_key(|(_, way)| way.length_squared())
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

    /// Executes the will of a destroyed pilot: half of its salvage scatters.
    pub(super) fn scatter_half(&mut self, slot: Slot, emit: &mut dyn FnMut(Event)) {
        let ship = &mut self.ships[slot.index()];
        let half = ship.score / 2;
        ship.score -= half;
        let (position, velocity) = (ship.position, ship.velocity);
        self.scatter_estate(slot, position, velocity, half.max(BOUNTY), emit);
    }

    /// Scatters salvage worth `value` over a few pieces.
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

    /// Adds a piece; if there is no room, its value goes into the nearest one.
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
