//! Shots: a bright head and a streak behind it, in the colour of the pilot who fired.

use arena::SHOT_RADIUS;
use arena::TICK_RATE;
use bevy::prelude::*;

use super::camera::{CameraView, world_units};
use super::canvas::Canvas;
use super::palette;
use super::shade::Shade;
use crate::stage::Stage;

/// The streak is as long as the way of this time, in seconds.
const STREAK: f32 = 0.05;

/// A shot fades in its last ticks.
const FADE_TICKS: f32 = 10.0;

pub(super) fn draw(stage: Res<Stage>, camera: Res<CameraView>, mut canvas: ResMut<Canvas>) {
    let radius = camera.length(SHOT_RADIUS);
    for shot in stage.arena.shots() {
        let head = camera.place_moving(shot.position, shot.velocity.offset());
        if !camera.sees(head, radius * 12.0) {
            continue;
        }
        let strength = (f32::from(shot.remaining) / FADE_TICKS).min(1.0);
        let colour = palette::linear_colour(shot.owner).with_strength(strength);
        let way = world_units(shot.velocity.offset()) * TICK_RATE as f32 * camera.scale;
        let tail = head - way * STREAK;
        let side = way.normalize_or(Vec2::X).perp() * radius * 0.8;
        canvas.fill(&[tail, head - side, head + side], colour.with_strength(0.7));
        canvas.glow(head, radius * 5.0, colour.with_strength(0.6));
        canvas.disc(head, radius * 0.9, colour.towards_white(0.75));
    }
}
