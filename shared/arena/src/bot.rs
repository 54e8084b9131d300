//! Bots: the pilots that the simulation controls.
//!
//! A bot decides on its controls a few times a second, from the state of the whole arena, with an
//! imperfect aim. Its only state is its controls. Its random numbers do not come from the arena's
//! generator, so that its decisions do not change where rocks appear.
//!
//! Non-goals: planning, and memory between decisions.

use super::Arena;
use super::controls::{Buttons, Controls};
use super::heading::{Heading, ONE};
use super::ship::{MAX_ENERGY, Pilot, SHIP_RADIUS, Ship};
use super::shot::SHOT_SPEED;
use super::space::{Offset, Position, Velocity, WORLD_UNIT, world_units};
use crate::MAX_SLOTS;
use netcode::Slot;
use rng::Rng;

/// Ticks between two decisions of a bot, which is its reaction time.
const DECIDE_TICKS: u16 = 8;

/// Targets farther away than this are ignored, in units.
const SIGHT: u32 = world_units(1000);

/// The largest distance at which a bot fires, in world units.
const RANGE: i32 = 520;

/// The ticks for which the random part of a bot's behaviour is constant.
const VARIATION_TICKS: u16 = 24;

/// A rock that would be hit within this time is avoided, in ticks.
const FORESIGHT: i64 = 55;

/// A target to approach.
#[derive(Clone, Copy)]
struct Goal {
    kind: Kind,
    /// The cost of approaching it, in world units; the bot chooses the lowest.
    cost: i32,
    position: Position,
    velocity: Velocity,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Salvage,
    Pilot,
    Rock,
}

/// The relative position and velocity of a moving target.
#[derive(Clone, Copy)]
struct RelativeMotion {
    offset: Offset,
    /// Its velocity relative to the bot's, in units per tick.
    drift: Offset,
}

impl RelativeMotion {
    fn new(from: &Ship, to: Position, velocity: Velocity) -> Self {
        Self {
            offset: from.position.offset_to(to),
            drift: Offset {
                x: velocity.x() - from.velocity.x(),
                y: velocity.y() - from.velocity.y(),
            },
        }
    }

    /// The distance, in world units.
    const fn distance(&self) -> i32 {
        (self.offset.length() / WORLD_UNIT) as i32
    }

    /// The relative position after some ticks.
    fn after(&self, ticks: i64) -> Offset {
        let axis = |offset: i32, drift: i32| {
            let moved = i64::from(offset) + i64::from(drift) * ticks;
            moved.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
        };
        Offset {
            x: axis(self.offset.x, self.drift.x),
            y: axis(self.offset.y, self.drift.y),
        }
    }

    /// The heading in which a shot hits it.
    fn lead(&self) -> Heading {
        let ticks = i64::from(self.offset.length()) / i64::from(SHOT_SPEED);
        Heading::of(self.after(ticks.min(90)))
    }
}

impl Arena {
    /// Updates the controls of the bots whose turn it is.
    pub(super) fn steer_bots(&mut self) {
        for slot in Slot::first(MAX_SLOTS) {
            let ship = self.ship(slot);
            let turn = self.round.remaining.wrapping_add(slot.index() as u16);
            if ship.pilot == Pilot::Bot && turn.is_multiple_of(DECIDE_TICKS) {
                let controls = if ship.is_flying() && self.round.is_playing() {
                    self.decide(slot)
                } else {
                    Controls::IDLE
                };
                self.ships[slot.index()].controls = controls;
            }
        }
    }

    fn decide(&self, slot: Slot) -> Controls {
        let ship = self.ship(slot);
        if let Some(threat) = self.threat(ship) {
            return dodge(ship, &threat);
        }
        let Some(goal) = self.goal(slot) else {
            return Controls::new(Buttons::THRUST);
        };
        let motion = RelativeMotion::new(ship, goal.position, goal.velocity);
        match goal.kind {
            Kind::Salvage => self.collect_salvage(slot, &motion),
            Kind::Pilot | Kind::Rock => self.attack(slot, goal.kind, &motion),
        }
    }

    /// The rock that the ship would hit first on its present course.
    fn threat(&self, ship: &Ship) -> Option<RelativeMotion> {
        let reach = world_units(350);
        let near = self
            .rocks
            .iter()
            .filter(|rock| ship.position.is_near(rock.position, reach));
        let threats = near.filter_map(|rock| {
            let motion = RelativeMotion::new(ship, rock.position, rock.velocity);
            let ticks = ticks_to_nearest(&motion);
            let margin = rock.size.radius() + SHIP_RADIUS + world_units(10);
            let hits = (0..FORESIGHT).contains(&ticks)
                && motion.after(ticks).length_squared() < u64::from(margin).pow(2);
            hits.then_some((ticks, motion))
        });
        threats
            .min_by_key(|(ticks, _)| *ticks)
            .map(|(_, motion)| motion)
    }

    /// The target with the lowest cost.
    fn goal(&self, slot: Slot) -> Option<Goal> {
        let ship = self.ship(slot);
        let seen = |position: Position| ship.position.is_near(position, SIGHT);
        let goal = |kind, position, velocity, extra: i32| Goal {
            kind,
            cost: effort(ship, position) + extra,
            position,
            velocity,
        };
        // Some bots prefer to fight, others to break rocks.
        let aggression = (slot.index() * 5 % 7) as i32 * 50 - 150;
        let salvage = self
            .salvage
            .iter()
            .filter(|piece| seen(piece.position))
            .map(|piece| {
                let worth = i32::from(piece.value.min(10)) * 30;
                goal(Kind::Salvage, piece.position, piece.velocity, -worth)
            });
        let pilots = Slot::first(MAX_SLOTS)
            .filter(|&other| other != slot)
            .filter_map(|other| {
                let other = self.ship(other);
                (seen(other.position) && other.is_flying() && !other.is_shielded()).then(|| {
                    let worth = i32::from(other.score.min(100)) * 3;
                    let weak = 60 * i32::from(3_u8.saturating_sub(other.hull));
                    let extra = 120 - aggression - worth - weak;
                    goal(Kind::Pilot, other.position, other.velocity, extra)
                })
            });
        let rocks = self
            .rocks
            .iter()
            .filter(|rock| seen(rock.position))
            .map(|rock| {
                let extra = 150 + 40 * rock.size as i32;
                goal(Kind::Rock, rock.position, rock.velocity, extra)
            });
        salvage
            .chain(pilots)
            .chain(rocks)
            .min_by_key(|goal| goal.cost)
    }

    /// Flies to a piece of salvage, and compensates sideways drift.
    fn collect_salvage(&self, slot: Slot, motion: &RelativeMotion) -> Controls {
        let ship = self.ship(slot);
        let aim = Heading::of(motion.after(30));
        let off = ship.heading.turn_to(aim).unsigned_abs();
        let boost = motion.distance() > 350 && off < 3000 && ship.energy > MAX_ENERGY / 2;
        let fire = self.has_target_ahead(slot);
        let buttons = Buttons::THRUST.when(off < 7000)
            | Buttons::BOOST.when(boost)
            | Buttons::FIRE.when(fire);
        Controls::aimed(buttons, aim)
    }

    /// Approaches a target, aims ahead of it and fires.
    fn attack(&self, slot: Slot, kind: Kind, motion: &RelativeMotion) -> Controls {
        let ship = self.ship(slot);
        let is_pilot = kind == Kind::Pilot;
        let mut rng = self.variation(slot);
        let aim = imperfect(&mut rng, slot, motion.lead());
        let off = ship.heading.turn_to(aim).unsigned_abs();
        let hesitates = is_pilot && rng.below(3) == 0;
        let fire = motion.distance() < RANGE && off < 1400 && !hesitates;
        let stand_off = if is_pilot { 160 } else { 260 };
        let thrust = motion.distance() > stand_off && off < 9000;
        let boost = is_pilot
            && (500..1200).contains(&motion.distance())
            && off < 2500
            && ship.energy > MAX_ENERGY / 2;
        let buttons =
            Buttons::THRUST.when(thrust) | Buttons::BOOST.when(boost) | Buttons::FIRE.when(fire);
        Controls::aimed(buttons, aim)
    }

    /// Whether a shot now would probably hit a pilot.
    fn has_target_ahead(&self, slot: Slot) -> bool {
        let ship = self.ship(slot);
        let reach = world_units(RANGE as u32 - 120);
        Slot::first(MAX_SLOTS)
            .filter(|&other| other != slot)
            .any(|other| {
                let other = self.ship(other);
                ship.position.is_near(other.position, reach) && other.is_flying() && {
                    let aim = RelativeMotion::new(ship, other.position, other.velocity).lead();
                    ship.heading.turn_to(aim).unsigned_abs() < 700
                }
            })
    }

    /// The random numbers of a bot, constant for [`VARIATION_TICKS`].
    fn variation(&self, slot: Slot) -> Rng {
        let period = u64::from(self.round.remaining / VARIATION_TICKS);
        Rng::new((period << 8) | slot.index() as u64)
    }
}

/// The aim with a random error; its size depends on the seat, and repeats every 4 seats.
fn imperfect(rng: &mut Rng, slot: Slot, aim: Heading) -> Heading {
    let worst = 700 + 400 * (slot.index() as u32 % 4);
    aim + rng.below(2 * worst) as u16 - worst as u16
}

/// The effort to reach a place: its distance in world units, times 1 if it is ahead, 1.5 if it is
/// abeam, and 2 if it is astern.
fn effort(ship: &Ship, place: Position) -> i32 {
    let offset = ship.position.offset_to(place);
    let (x, y) = (
        offset.x >> WORLD_UNIT.ilog2(),
        offset.y >> WORLD_UNIT.ilog2(),
    );
    let distance = (x * x + y * y).unsigned_abs().isqrt() as i32;
    let ahead = (x * ship.heading.cos() + y * ship.heading.sin()) / ONE;
    distance + (distance - ahead) / 2
}

/// Ticks until something is nearest.
fn ticks_to_nearest(motion: &RelativeMotion) -> i64 {
    let scaled = |offset: Offset| (i64::from(offset.x >> 9), i64::from(offset.y >> 9));
    let ((x, y), (vx, vy)) = (scaled(motion.offset), scaled(motion.drift));
    -(x * vx + y * vy) / (vx * vx + vy * vy).max(1)
}

/// Fires at a rock that is straight ahead, and evades any other.
fn dodge(ship: &Ship, threat: &RelativeMotion) -> Controls {
    let lead = threat.lead();
    if ship.heading.turn_to(lead).unsigned_abs() < 3500 && threat.distance() > 90 {
        return Controls::aimed(Buttons::FIRE, lead);
    }
    let passing = threat.after(ticks_to_nearest(threat));
    let mut aim = Heading::of(passing.reversed());
    // Thrust perpendicular to the rock's course, to the side on which the ship passes it.
    let sideways = Heading::of(threat.drift);
    for side in [sideways + 16384, sideways - 16384] {
        if side.turn_to(aim).unsigned_abs() < 16384 {
            aim = side;
        }
    }
    let off = ship.heading.turn_to(aim).unsigned_abs();
    let buttons = Buttons::THRUST.when(off < 12000)
        | Buttons::BOOST.when(off < 6000 && threat.distance() < 160);
    Controls::aimed(buttons, aim)
}
