//! The sparks and blast waves of events: explosions, hits, muzzle flashes; and exhaust.

use arena::TICK_RATE;
use arena::{Event as ArenaEvent, RockSize};
use bevy::color::LinearRgba;
use bevy::prelude::*;

use super::camera::{CameraView, units, world_units};
use super::particles::{Burst, Particles, Spark};
use super::shade::Shade;
use super::{palette, ship};
use crate::messages::PredictedEvent;
use crate::stage::Stage;

const STONE: LinearRgba = LinearRgba::rgb(0.4, 0.44, 0.52);
const GOLD: LinearRgba = LinearRgba::rgb(1.0, 0.62, 0.12);
const EXHAUST: LinearRgba = LinearRgba::rgb(1.0, 0.4, 0.12);

/// Ages the sparks and adds those of this frame.
pub(super) fn emit(
    time: Res<Time>,
    stage: Res<Stage>,
    camera: Res<CameraView>,
    mut predicted: MessageReader<PredictedEvent>,
    mut particles: ResMut<Particles>,
    mut exhaust: Local<f32>,
) {
    particles.age(time.delta_secs());
    for &PredictedEvent(event) in predicted.read() {
        show(&mut particles, event);
    }
    *exhaust += time.delta_secs() * 45.0;
    let puffs = exhaust.floor();
    *exhaust -= puffs;
    if puffs < 1.0 {
        return;
    }
    for (_, ship) in stage
        .ships()
        .filter(|(_, ship)| ship.is_flying() && ship.is_thrusting())
    {
        if !camera.sees(camera.place(ship.position), 40.0) {
            continue;
        }
        let back = -ship::nose(ship);
        let at = ship.position.moved(units(back * 16.0));
        let drift = world_units(ship.velocity.offset()) * TICK_RATE as f32;
        let spread = back.perp() * (particles.random() - 0.5) * 70.0;
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

/// Adds the effect of an event.
fn show(particles: &mut Particles, event: ArenaEvent) {
    match event {
        ArenaEvent::Fired { slot, at, .. } => {
            let burst = Burst {
                count: 3,
                speed: 60.0,
                life: 0.12,
                size: 2.0,
            };
            particles.burst(at, Vec2::ZERO, palette::linear_colour(slot), &burst);
        }
        ArenaEvent::Hit { victim, at, .. } => {
            let burst = Burst {
                count: 16,
                speed: 190.0,
                life: 0.4,
                size: 2.4,
            };
            particles.burst(
                at,
                Vec2::ZERO,
                palette::linear_colour(victim).towards_white(0.4),
                &burst,
            );
        }
        ArenaEvent::Deflected { slot, at } => {
            let burst = Burst {
                count: 8,
                speed: 110.0,
                life: 0.25,
                size: 1.8,
            };
            particles.burst(
                at,
                Vec2::ZERO,
                palette::linear_colour(slot).towards_white(0.6),
                &burst,
            );
        }
        ArenaEvent::Bumped { at, .. } => {
            let burst = Burst {
                count: 6,
                speed: 90.0,
                life: 0.25,
                size: 1.8,
            };
            particles.burst(at, Vec2::ZERO, LinearRgba::WHITE, &burst);
        }
        ArenaEvent::RockSplit { size, at, .. } => {
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
            particles.burst(at, Vec2::ZERO, STONE, &burst);
            particles.blast_wave(at, STONE, reach);
        }
        ArenaEvent::Collected { at, .. } => {
            let burst = Burst {
                count: 9,
                speed: 70.0,
                life: 0.35,
                size: 2.0,
            };
            particles.burst(at, Vec2::ZERO, GOLD, &burst);
            particles.blast_wave(at, GOLD.with_strength(0.6), 26.0);
        }
        ArenaEvent::Killed { victim, at, .. } => {
            let colour = palette::linear_colour(victim);
            let embers = Burst {
                count: 46,
                speed: 260.0,
                life: 1.1,
                size: 3.2,
            };
            particles.burst(at, Vec2::ZERO, colour, &embers);
            let flash = Burst {
                count: 26,
                speed: 140.0,
                life: 0.6,
                size: 4.2,
            };
            particles.burst(at, Vec2::ZERO, EXHAUST, &flash);
            particles.blast_wave(at, colour, 150.0);
        }
        ArenaEvent::Spawned { slot, at } => {
            particles.blast_wave(at, palette::linear_colour(slot), 70.0);
        }
        ArenaEvent::EstateScattered { at, .. } => particles.blast_wave(at, GOLD, 110.0),
        ArenaEvent::RoundEnded { .. } | ArenaEvent::RoundStarted { .. } => {}
    }
}
