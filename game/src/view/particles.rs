//! Sparks: explosions, hits, muzzle flashes and exhaust. A fixed pool; the oldest spark yields.

use bevy::color::LinearRgba;
use bevy::prelude::*;
use shared::sim::TICK_RATE;
use shared::sim::arena::{Event as Happening, Position, RockSize};

use super::lens::{Lens, units, world_units};
use super::paint::{Paint, Shade};
use super::{palette, ship};
use crate::stage::{Cut, Happened, Stage};

const CAPACITY: usize = 420;

/// The share of its speed that a spark keeps for a second.
const DRAG: f32 = 0.25;

const STONE: LinearRgba = LinearRgba::rgb(0.4, 0.44, 0.52);
const GOLD: LinearRgba = LinearRgba::rgb(1.0, 0.62, 0.12);
const EXHAUST: LinearRgba = LinearRgba::rgb(1.0, 0.4, 0.12);

/// All sparks.
#[derive(Resource)]
pub(super) struct Particles {
    sparks: Vec<Spark>,
    next: usize,
    rings: Vec<Ring>,
    chance: u32,
    exhaust: f32,
}

#[derive(Clone, Copy)]
struct Spark {
    at: Position,
    velocity: Vec2,
    colour: LinearRgba,
    /// In world units.
    size: f32,
    age: f32,
    life: f32,
}

/// A blast's wave.
#[derive(Clone, Copy)]
struct Ring {
    at: Position,
    colour: LinearRgba,
    reach: f32,
    age: f32,
}

const RING_LIFE: f32 = 0.45;

impl Default for Particles {
    fn default() -> Self {
        Self {
            sparks: Vec::with_capacity(CAPACITY),
            next: 0,
            rings: Vec::with_capacity(16),
            chance: 0x2545_f491,
            exhaust: 0.0,
        }
    }
}

/// How a burst looks.
struct Burst {
    count: u32,
    speed: f32,
    life: f32,
    size: f32,
}

impl Particles {
    /// A number in `0..1`.
    fn chance(&mut self) -> f32 {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 17;
        self.chance ^= self.chance << 5;
        (self.chance >> 8) as f32 / (1 << 24) as f32
    }

    fn add(&mut self, spark: Spark) {
        if self.sparks.len() < CAPACITY {
            self.sparks.push(spark);
        } else {
            self.sparks[self.next] = spark;
            self.next = (self.next + 1) % CAPACITY;
        }
    }

    fn burst(&mut self, at: Position, drift: Vec2, colour: LinearRgba, burst: &Burst) {
        for _ in 0..burst.count {
            let way = Vec2::from_angle(self.chance() * std::f32::consts::TAU);
            let speed = burst.speed * (0.2 + 0.8 * self.chance());
            let life = burst.life * (0.5 + 0.5 * self.chance());
            let size = burst.size * (0.5 + 0.5 * self.chance());
            self.add(Spark {
                at,
                velocity: drift + way * speed,
                colour,
                size,
                age: 0.0,
                life,
            });
        }
    }

    fn ring(&mut self, at: Position, colour: LinearRgba, reach: f32) {
        if self.rings.len() < self.rings.capacity() {
            self.rings.push(Ring {
                at,
                colour,
                reach,
                age: 0.0,
            });
        }
    }

    fn show(&mut self, happening: Happening) {
        match happening {
            Happening::Fired { slot, at, .. } => {
                let burst = Burst {
                    count: 3,
                    speed: 60.0,
                    life: 0.12,
                    size: 2.0,
                };
                self.burst(at, Vec2::ZERO, palette::ink(slot), &burst);
            }
            Happening::Hit { victim, at, .. } => {
                let burst = Burst {
                    count: 16,
                    speed: 190.0,
                    life: 0.4,
                    size: 2.4,
                };
                self.burst(
                    at,
                    Vec2::ZERO,
                    palette::ink(victim).towards_white(0.4),
                    &burst,
                );
            }
            Happening::Deflected { slot, at } => {
                let burst = Burst {
                    count: 8,
                    speed: 110.0,
                    life: 0.25,
                    size: 1.8,
                };
                self.burst(
                    at,
                    Vec2::ZERO,
                    palette::ink(slot).towards_white(0.6),
                    &burst,
                );
            }
            Happening::Bumped { at, .. } => {
                let burst = Burst {
                    count: 6,
                    speed: 90.0,
                    life: 0.25,
                    size: 1.8,
                };
                self.burst(at, Vec2::ZERO, LinearRgba::WHITE, &burst);
            }
            Happening::RockSplit { size, at, .. } => {
                let (count, reach) = match size {
                    RockSize::Small => (12, 34.0),
                    RockSize::Medium => (20, 60.0),
                    RockSize::Large => (30, 96.0),
                };
                let burst = Burst {
                    count,
                    speed: 130.0,
                    life: 0.8,
                    size: 3.0,
                };
                self.burst(at, Vec2::ZERO, STONE, &burst);
                self.ring(at, STONE, reach);
            }
            Happening::Collected { at, .. } => {
                let burst = Burst {
                    count: 9,
                    speed: 70.0,
                    life: 0.35,
                    size: 2.0,
                };
                self.burst(at, Vec2::ZERO, GOLD, &burst);
                self.ring(at, GOLD.with_strength(0.6), 26.0);
            }
            Happening::Killed { victim, at, .. } => {
                let colour = palette::ink(victim);
                let embers = Burst {
                    count: 46,
                    speed: 260.0,
                    life: 1.1,
                    size: 3.2,
                };
                self.burst(at, Vec2::ZERO, colour, &embers);
                let flash = Burst {
                    count: 26,
                    speed: 140.0,
                    life: 0.6,
                    size: 4.2,
                };
                self.burst(at, Vec2::ZERO, EXHAUST, &flash);
                self.ring(at, colour, 150.0);
            }
            Happening::Spawned { slot, at } => self.ring(at, palette::ink(slot), 70.0),
            Happening::EstateScattered { at, .. } => self.ring(at, GOLD, 110.0),
            Happening::RoundEnded { .. } | Happening::RoundStarted { .. } => {}
        }
    }

    fn age(&mut self, seconds: f32) {
        let kept = DRAG.powf(seconds);
        for spark in &mut self.sparks {
            spark.at = spark.at.moved(units(spark.velocity * seconds));
            spark.velocity *= kept;
            spark.age += seconds;
        }
        for ring in &mut self.rings {
            ring.age += seconds;
        }
        self.rings.retain(|ring| ring.age < RING_LIFE);
    }
}

/// Sparks belong to their moment.
pub(super) fn clear(_: On<Cut>, mut particles: ResMut<Particles>) {
    particles.sparks.clear();
    particles.next = 0;
    particles.rings.clear();
}

/// Ages the sparks and adds those of this frame.
pub(super) fn emit(
    time: Res<Time>,
    stage: Res<Stage>,
    lens: Res<Lens>,
    mut happened: MessageReader<Happened>,
    mut particles: ResMut<Particles>,
) {
    particles.age(time.delta_secs());
    for &Happened(happening) in happened.read() {
        particles.show(happening);
    }
    particles.exhaust += time.delta_secs() * 45.0;
    let puffs = particles.exhaust.floor();
    particles.exhaust -= puffs;
    if puffs < 1.0 {
        return;
    }
    for (_, ship) in stage
        .ships()
        .filter(|(_, ship)| ship.is_flying() && ship.is_thrusting())
    {
        if !lens.sees(lens.place(ship.position), 40.0) {
            continue;
        }
        let back = -ship::nose(ship);
        let at = ship.position.moved(units(back * 16.0));
        let drift = world_units(ship.velocity.offset()) * TICK_RATE as f32;
        let spread = back.perp() * (particles.chance() - 0.5) * 70.0;
        let spark = Spark {
            at,
            velocity: drift * 0.4 + back * 130.0 + spread,
            colour: EXHAUST,
            size: 1.7,
            age: 0.0,
            life: 0.45,
        };
        particles.add(spark);
    }
}

pub(super) fn paint(lens: Res<Lens>, particles: Res<Particles>, mut paint: ResMut<Paint>) {
    for spark in &particles.sparks {
        let left = 1.0 - spark.age / spark.life;
        let place = lens.place(spark.at);
        if left <= 0.0 || !lens.sees(place, 10.0) {
            continue;
        }
        let half = spark.size * lens.scale * (0.4 + 0.6 * left);
        let colour = spark.colour.with_strength(left);
        let along =
            spark.velocity.normalize_or(Vec2::X) * half * (1.0 + spark.velocity.length() / 120.0);
        let across = along.normalize_or(Vec2::X).perp() * half * 0.6;
        paint.fill(
            &[place + along, place + across, place - along, place - across],
            colour,
        );
    }
    for ring in &particles.rings {
        let part = ring.age / RING_LIFE;
        let place = lens.place(ring.at);
        let radius = ring.reach * (0.2 + 0.8 * part.sqrt()) * lens.scale;
        if lens.sees(place, radius) {
            let colour = ring.colour.with_strength((1.0 - part) * 0.8);
            paint.glow(place, radius, colour.with_strength(0.4));
            paint.ring(place, radius, 2.2, colour);
        }
    }
}
