//! Collisions between shots, rocks and ships, and their effects.
//!
//! All pairs are tested, first by a cheap test along the axes: at these numbers, that is faster than
//! a spatial index.
//!
//! Non-goals: salvage, which only ships collect: see [`super::salvage`].

use super::Arena;
use super::event::Event;
use super::ship::{GRACE_TICKS, Life, RESPAWN_TICKS, SHIP_RADIUS};
use super::shot::{SHOT_RADIUS, Shot};
use super::space::{MAX_VELOCITY, Offset, Position, Velocity, world_units_per_second};
use crate::MAX_SLOTS;
use netcode::Slot;

/// The least speed at which two bodies separate after a collision.
const SEPARATION_SPEED: i32 = world_units_per_second(90);

/// What a shot has hit.
enum Target {
    Ship(Slot),
    Rock(usize),
}

impl Arena {
    /// Collides shots with ships and rocks.
    pub(super) fn collide_shots(&mut self, emit: &mut dyn FnMut(Event)) {
        for index in (0..self.shots.len()).rev() {
            let shot = self.shots[index];
            let Some(target) = self.target_of(&shot) else {
                continue;
            };
            self.shots.swap_remove(index);
            match target {
                Target::Ship(slot) => {
                    self.damage(slot, Some(shot.owner), shot.position, emit);
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
                && hits(shot, ship.position, ship.velocity, reach)
                && ship.is_flying()
        });
        ship.map(Target::Ship).or_else(|| {
            let rock = self.rocks.iter().position(|rock| {
                let reach = rock.size.radius() + SHOT_RADIUS;
                hits(shot, rock.position, rock.velocity, reach)
            });
            rock.map(Target::Rock)
        })
    }

    /// Collides ships with rocks and with each other.
    pub(super) fn collide_ships(&mut self, emit: &mut dyn FnMut(Event)) {
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
        let touched = self.rocks.iter().position(|rock| {
            touches(
                rock.position,
                ship.position,
                rock.size.radius() + SHIP_RADIUS,
            )
        });
        let Some(index) = touched else {
            return;
        };
        let rock = self.rocks[index];
        let reach = rock.size.radius() + SHIP_RADIUS;
        let away = away(rock.position, ship.position);
        let ship = &mut self.ships[slot.index()];
        ship.position = rock.position.moved(away.scaled_to(reach as i32));
        let closing = along(relative(rock.velocity, ship.velocity), away);
        // The rock is so much heavier that its velocity does not change.
        let push = closing.min(0).saturating_mul(-2).max(SEPARATION_SPEED);
        ship.velocity = ship.velocity.plus(away.scaled_to(push));
        let at = rock
            .position
            .moved(away.scaled_to(rock.size.radius() as i32));
        if self.damage(slot, None, at, emit) {
            self.split_rock(index, None, emit);
        }
    }

    fn bounce_off_ships(&mut self, slot: Slot, emit: &mut dyn FnMut(Event)) {
        let ship = self.ship(slot);
        let touched = Slot::first(MAX_SLOTS)
            .skip(slot.index() + 1)
            .find(|&other| {
                let other = self.ship(other);
                touches(other.position, ship.position, 2 * SHIP_RADIUS) && other.is_flying()
            });
        let Some(other) = touched else {
            return;
        };
        let (one, two) = (*ship, *self.ship(other));
        let away = away(two.position, one.position);
        let at = two.position.moved(away.scaled_to(SHIP_RADIUS as i32));
        let closing = along(relative(two.velocity, one.velocity), away);
        let push = closing.saturating_neg().max(SEPARATION_SPEED);
        let gap = (2 * SHIP_RADIUS).saturating_sub(away.length()) / 2;
        for (slot, away) in [(slot, away), (other, away.reversed())] {
            let ship = &mut self.ships[slot.index()];
            ship.position = ship.position.moved(away.scaled_to(gap as i32));
            ship.velocity = ship.velocity.plus(away.scaled_to(push));
        }
        emit(Event::Bumped { slot, other, at });
    }

    /// Damages the hull, unless the ship is protected; returns whether it did.
    fn damage(
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

/// Whether a shot came within `reach` of a body during this tick, after both have moved: a swept
/// test, because a fast shot can pass through a body between two ticks.
fn hits(shot: &Shot, position: Position, velocity: Velocity, reach: u32) -> bool {
    // The relative velocity is at most twice the highest velocity.
    if !shot
        .position
        .is_near(position, reach + 2 * MAX_VELOCITY as u32)
    {
        return false;
    }
    // In units of 1/32 world unit, the fourth powers fit 64 bits.
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

/// The offset from `one` to `two`; upwards if they are in the same place.
fn away(one: Position, two: Position) -> Offset {
    match one.offset_to(two) {
        Offset { x: 0, y: 0 } => Offset { x: 0, y: 1 },
        away => away,
    }
}

/// The velocity `of` relative to `from`.
fn relative(from: Velocity, of: Velocity) -> Offset {
    Offset {
        x: of.x() - from.x(),
        y: of.y() - from.y(),
    }
}

/// The component of `velocity` in the direction of `away`.
fn along(velocity: Offset, away: Offset) -> i32 {
    let product =
        i64::from(velocity.x) * i64::from(away.x) + i64::from(velocity.y) * i64::from(away.y);
    (product / i64::from(away.length().max(1))) as i32
}
