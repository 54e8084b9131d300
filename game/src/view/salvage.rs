//! Salvage: glinting pieces, bigger the more they are worth; they blink before they vanish.

use std::f32::consts::TAU;

use arena::SALVAGE_RADIUS;
use arena::TICK_RATE;
use bevy::color::LinearRgba;
use bevy::prelude::*;

use super::camera::CameraView;
use super::canvas::Canvas;
use super::shade::Shade;
use crate::stage::Stage;

const GOLD: LinearRgba = LinearRgba::rgb(1.0, 0.62, 0.12);

pub(super) fn draw(stage: Res<Stage>, camera: Res<CameraView>, mut canvas: ResMut<Canvas>) {
    let seconds = (stage.moment() / f64::from(TICK_RATE)) as f32;
    for (index, piece) in stage.arena.salvage().iter().enumerate() {
        let worth = (f32::from(piece.value).sqrt() / 3.0).clamp(0.55, 1.3);
        let radius = camera.length(SALVAGE_RADIUS) * worth;
        let place = camera.place_moving(piece.position, piece.velocity.offset());
        let blinked_off = piece.is_fading() && (seconds * 5.0).fract() > 0.6;
        if blinked_off || !camera.sees(place, radius * 3.0) {
            continue;
        }
        let own_time = seconds * 0.4 + index as f32 * 0.37;
        let shine = 0.7 + 0.3 * (own_time * TAU * 1.7).sin();
        let axis = Vec2::from_angle(own_time * TAU * 0.5) * radius;
        let (long, short) = (axis * 1.1, axis.perp() * 0.65);
        let gem = [place + long, place + short, place - long, place - short];
        canvas.glow(place, radius * 3.0, GOLD.with_strength(0.45 * shine));
        canvas.fill(&gem, GOLD.with_strength(0.35));
        canvas.stroke(&gem, true, 1.6, GOLD.towards_white(0.35 * shine));
    }
}
