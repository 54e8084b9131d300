//! Sparks and blast waves. The pool of sparks is of a fixed size; a new spark replaces the oldest.

use arena::Position;
use bevy::color::LinearRgba;
use bevy::prelude::*;
use rng::Rng;

use super::camera::{CameraView, units};
use super::canvas::Canvas;
use super::random::unit;
use super::shade::Shade;
use crate::messages::SceneCut;

const CAPACITY: usize = 420;

/// The share of its speed that a spark keeps for a second.
const DRAG: f32 = 0.25;

/// All sparks and blast waves of the frame.
#[derive(Resource)]
pub struct Particles {
    sparks: Vec<Spark>,
    next: usize,
    blast_waves: Vec<BlastWave>,
    rng: Rng,
}

#[derive(Clone, Copy)]
pub(super) struct Spark {
    pub(super) at: Position,
    /// In world units per second.
    pub(super) velocity: Vec2,
    pub(super) colour: LinearRgba,
    /// In world units.
    pub(super) size: f32,
    /// In seconds.
    pub(super) age: f32,
    /// In seconds.
    pub(super) life: f32,
}

/// A blast wave.
#[derive(Clone, Copy)]
struct BlastWave {
    at: Position,
    colour: LinearRgba,
    reach: f32,
    age: f32,
}

/// In seconds.
const BLAST_WAVE_LIFE: f32 = 0.45;

impl Default for Particles {
    fn default() -> Self {
        Self {
            sparks: Vec::with_capacity(CAPACITY),
            next: 0,
            blast_waves: Vec::with_capacity(16),
            rng: Rng::new(1),
        }
    }
}

/// How a burst of sparks looks.
pub(super) struct Burst {
    pub(super) count: u32,
    /// In world units per second.
    pub(super) speed: f32,
    /// In seconds.
    pub(super) life: f32,
    /// In world units.
    pub(super) size: f32,
}

impl Particles {
    /// How many blast waves are visible.
    #[must_use]
    pub const fn blast_wave_count(&self) -> usize {
        self.blast_waves.len()
    }

    /// A random number in `0.0..1.0`.
    pub(super) fn random(&mut self) -> f32 {
        unit(&mut self.rng)
    }

    pub(super) fn add(&mut self, spark: Spark) {
        if self.sparks.len() < CAPACITY {
            self.sparks.push(spark);
        } else {
            self.sparks[self.next] = spark;
            self.next = (self.next + 1) % CAPACITY;
        }
    }

    /// Adds the sparks of a burst, which drift by so many world units per second.
    pub(super) fn burst(&mut self, at: Position, drift: Vec2, colour: LinearRgba, burst: &Burst) {
        for _ in 0..burst.count {
            let way = Vec2::from_angle(self.random() * std::f32::consts::TAU);
            let speed = burst.speed * (0.2 + 0.8 * self.random());
            let life = burst.life * (0.5 + 0.5 * self.random());
            let size = burst.size * (0.5 + 0.5 * self.random());
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

    /// Adds a blast wave that grows to `reach` world units.
    pub(super) fn blast_wave(&mut self, at: Position, colour: LinearRgba, reach: f32) {
        if self.blast_waves.len() < self.blast_waves.capacity() {
            self.blast_waves.push(BlastWave {
                at,
                colour,
                reach,
                age: 0.0,
            });
        }
    }

    /// Lets time pass.
    pub(super) fn age(&mut self, seconds: f32) {
        let kept = DRAG.powf(seconds);
        for spark in &mut self.sparks {
            spark.at = spark.at.moved(units(spark.velocity * seconds));
            spark.velocity *= kept;
            spark.age += seconds;
        }
        for wave in &mut self.blast_waves {
            wave.age += seconds;
        }
        self.blast_waves.retain(|wave| wave.age < BLAST_WAVE_LIFE);
    }
}

/// Drops the effects of another moment.
pub(super) fn clear(_: On<SceneCut>, mut particles: ResMut<Particles>) {
    particles.sparks.clear();
    particles.next = 0;
    particles.blast_waves.clear();
}

pub(super) fn draw(camera: Res<CameraView>, particles: Res<Particles>, mut canvas: ResMut<Canvas>) {
    for spark in &particles.sparks {
        let left = 1.0 - spark.age / spark.life;
        let place = camera.place(spark.at);
        if left <= 0.0 || !camera.sees(place, 10.0) {
            continue;
        }
        let half = spark.size * camera.scale * (0.4 + 0.6 * left);
        let colour = spark.colour.with_strength(left);
        let along =
            spark.velocity.normalize_or(Vec2::X) * half * (1.0 + spark.velocity.length() / 120.0);
        let across = along.normalize_or(Vec2::X).perp() * half * 0.6;
        canvas.fill(
            &[place + along, place + across, place - along, place - across],
            colour,
        );
    }
    for wave in &particles.blast_waves {
        let part = wave.age / BLAST_WAVE_LIFE;
        let place = camera.place(wave.at);
        let radius = wave.reach * (0.2 + 0.8 * part.sqrt()) * camera.scale;
        if camera.sees(place, radius) {
            let colour = wave.colour.with_strength((1.0 - part) * 0.8);
            canvas.glow(place, radius, colour.with_strength(0.4));
            canvas.ring(place, radius, 2.2, colour);
        }
    }
}
