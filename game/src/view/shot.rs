//! Shots: a bright head and a streak behind it, in the colour of whoever fired.

use bevy::prelude::*;
use shared::sim::TICK_RATE;
use shared::sim::arena::SHOT_RADIUS;

use super::lens::{Lens, world_units};
use super::paint::{Paint, Shade};
use super::palette;
use crate::stage::Stage;

/// The streak covers the way of this time, in seconds.
const STREAK: f32 = 0.05;

/// A shot fades in its last ticks.
const FADE_TICKS: f32 = 10.0;

pub(super) fn paint(stage: Res<Stage>, lens: Res<Lens>, mut paint: ResMut<Paint>) {
    let radius = lens.length(SHOT_RADIUS);
    for shot in stage.arena.shots() {
        let head = lens.place_moving(shot.position, shot.velocity.offset());
        if !lens.sees(head, radius * 12.0) {
            continue;
        }
        let strength = (f32::from(shot.remaining) / FADE_TICKS).min(1.0);
        let colour = palette::ink(shot.owner).with_strength(strength);
        let way = world_units(shot.velocity.offset()) * TICK_RATE as f32 * lens.scale;
        let tail = head - way * STREAK;
        let side = way.normalize_or(Vec2::X).perp() * radius * 0.8;
        paint.fill(&[tail, head - side, head + side], colour.with_strength(0.7));
        paint.glow(head, radius * 5.0, colour.with_strength(0.6));
        paint.disc(head, radius * 0.9, colour.towards_white(0.75));
    }
}
