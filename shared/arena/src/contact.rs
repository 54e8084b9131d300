//! What touches what, and what comes of it: shots, rocks and ships.
//!
//! Every pair is tried, with a cheap test along the axes first: at these numbers that is faster
//! than keeping a grid.

use super::Arena;
use super::event::Event;
use super::ship::{GRACE_TICKS, Life, RESPAWN_TICKS, SHIP_RADIUS};
use super::shot::{SHOT_RADIUS, Shot};
use super::space::{MAX_VELOCITY, Offset, Position, Velocity, world_units_per_second};
use crate::MAX_SLOTS;
use netcode::Slot;

/// Things part from a contact at this speed at least.
const PARTING_SPEED: i32 = world_units_per_second(90);

/// What a shot met.
enum Target {
    Ship(Slot),
    Rock(usize),
}

impl Arena {
    /// Lets shots meet ships and rocks.
    pub(super) fn land_shots(&mut self, emit: &mut dyn FnMut(Event)) {
        for index in (0..self.shots.len()).rev() {
            let shot = self.shots[index];
            let Some(target) = self.target_of(&shot) else {
                continue;
            };
            self.shots.swap_remove(index);
            match target {
                Target::Ship(slot) => {
                    self.hurt(slot, Some(shot.owner), shot.position, emit);
                }
                Target::Rock(rock) => self.split_rock(rock, Some(shot.owner), emit),
            }
        }
    }

    fn target_of(&self, shot: &Shot) -> Option<Target> {
        let ship = Slot::first(MAX_SLOTS).find(|&slot| {
            let ship = self.ship(slot);
            let reach = SHIP_RADIUS + SHOT_RADIUS;
            slot != shot.owner
                && meets(shot, ship.position, ship.velocity, reach)
                && ship.is_flying()
        });
        ship.map(Target::Ship).or_else(|| {
            let rock = self.rocks.iter().position(|rock| {
                let reach = rock.size.radius() + SHOT_RADIUS;
                meets(shot, rock.position, rock.velocity, reach)
            });
            rock.map(Target::Rock)
        })
    }

    /// Lets ships meet rocks and each other.
    pub(super) fn bounce_ships(&mut self, emit: &mut dyn FnMut(Event)) {
        for slot in Slot::first(MAX_SLOTS) {
            if self.ship(slot).is_flying() {
                self.bounce_off_rocks(slot, emit);
            }
        }
        for slot in Slot::first(MAX_SLOTS) {
            if self.ship(slot).is_flying() {
                self.bounce_off_ships(slot, emit);
            }
        }
    }

    fn bounce_off_rocks(&mut self, slot: Slot, emit: &mut dyn FnMut(Event)) {
        let ship = &self.ships[slot.index()];
        let met = self.rocks.iter().position(|rock| {
            touches(
                rock.position,
                ship.position,
                rock.size.radius() + SHIP_RADIUS,
            )
        });
        let Some(index) = met else {
            return;
        };
        let rock = self.rocks[index];
        let reach = rock.size.radius() + SHIP_RADIUS;
        let away = away(rock.position, ship.position);
        let ship = &mut self.ships[slot.index()];
        ship.position = rock.position.moved(away.scaled_to(reach as i32));
        let closing = along(relative(rock.velocity, ship.velocity), away);
        // The rock is so much heavier that the ship takes all of the push.
        let push = closing.min(0).saturating_mul(-2).max(PARTING_SPEED);
        ship.velocity = ship.velocity.plus(away.scaled_to(push));
        let at = rock
            .position
            .moved(away.scaled_to(rock.size.radius() as i32));
        if self.hurt(slot, None, at, emit) {
            self.split_rock(index, None, emit);
        }
    }

    fn bounce_off_ships(&mut self, slot: Slot, emit: &mut dyn FnMut(Event)) {
        let ship = self.ship(slot);
        let met = Slot::first(MAX_SLOTS)
            .skip(slot.index() + 1)
            .find(|&other| {
                let other = self.ship(other);
                touches(other.position, ship.position, 2 * SHIP_RADIUS) && other.is_flying()
            });
        let Some(other) = met else {
            return;
        };
        let (one, two) = (*ship, *self.ship(other));
        let away = away(two.position, one.position);
        let at = two.position.moved(away.scaled_to(SHIP_RADIUS as i32));
        let closing = along(relative(two.velocity, one.velocity), away);
        let push = closing.saturating_neg().max(PARTING_SPEED);
        let gap = (2 * SHIP_RADIUS).saturating_sub(away.length()) / 2;
        for (slot, away) in [(slot, away), (other, away.reversed())] {
            let ship = &mut self.ships[slot.index()];
            ship.position = ship.position.moved(away.scaled_to(gap as i32));
            ship.velocity = ship.velocity.plus(away.scaled_to(push));
        }
        emit(Event::Bumped { slot, other, at });
    }

    /// Takes a hit off the hull, unless something protects the ship; tells whether it did.
    fn hurt(
        &mut self,
        slot: Slot,
        by: Option<Slot>,
        at: Position,
        emit: &mut dyn FnMut(Event),
    ) -> bool {
        let playing = self.round.is_playing();
        let ship = &mut self.ships[slot.index()];
        if !playing || ship.is_protected() {
            emit(Event::Deflected { slot, at });
            return false;
        }
        ship.hull = ship.hull.saturating_sub(1);
        ship.grace = GRACE_TICKS;
        if ship.hull == 0 {
            self.destroy(slot, by, emit);
        } else {
            emit(Event::Hit {
                victim: slot,
                by,
                at,
            });
        }
        true
    }

    fn destroy(&mut self, victim: Slot, by: Option<Slot>, emit: &mut dyn FnMut(Event)) {
        let ship = &mut self.ships[victim.index()];
        ship.life = Life::Dead {
            respawn_in: RESPAWN_TICKS,
        };
        emit(Event::Killed {
            victim,
            by,
            at: ship.position,
        });
        if let Some(by) = by {
            let killer = &mut self.ships[by.index()];
            killer.kills = killer.kills.saturating_add(1);
        }
        self.scatter_half(victim, emit);
    }
}

/// Whether a shot came within `reach` of something during this tick, which both have moved in:
/// a fast shot would else pass through between two ticks.
fn meets(shot: &Shot, position: Position, velocity: Velocity, reach: u32) -> bool {
    // Nothing approaches faster than by twice the highest velocity.
    if !shot
        .position
        .is_near(position, reach + 2 * MAX_VELOCITY as u32)
    {
        return false;
    }
    // In 1/32 world unit the squares of squares fit 64 bits.
    let scaled = |offset: Offset| (i64::from(offset.x >> 15), i64::from(offset.y >> 15));
    let (wx, wy) = scaled(shot.position.offset_to(position));
    let (vx, vy) = scaled(relative(shot.velocity, velocity));
    let reach = i64::from(reach >> 15);
    let (now, speed) = (wx * wx + wy * wy, vx * vx + vy * vy);
    let past = wx * vx + wy * vy;
    let nearest = if past <= 0 {
        now
    } else if past >= speed {
        now - 2 * past + speed
    } else {
        now - past * past / speed
    };
    nearest <= reach * reach
}

fn touches(one: Position, two: Position, reach: u32) -> bool {
    let reach_squared = u64::from(reach) * u64::from(reach);
    one.is_near(two, reach) && one.offset_to(two).length_squared() < reach_squared
}

/// The way from `one` to `two`; upwards if they are in the same place.
fn away(one: Position, two: Position) -> Offset {
    match one.offset_to(two) {
        Offset { x: 0, y: 0 } => Offset { x: 0, y: 1 },
        away => away,
    }
}

/// The velocity of `of` as seen from `from`.
fn relative(from: Velocity, of: Velocity) -> Offset {
    Offset {
        x: of.x() - from.x(),
        y: of.y() - from.y(),
    }
}

/// The part of `velocity` along the direction of `away`.
fn along(velocity: Offset, away: Offset) -> i32 {
    let product =
        i64::from(velocity.x) * i64::from(away.x) + i64::from(velocity.y) * i64::from(away.y);
    (product / i64::from(away.length().max(1))) as i32
}
