//! Ships: hull, flame and shield; the own ship is the brightest.

use std::f32::consts::TAU;

use arena::TICK_RATE;
use arena::{Buttons, MAX_HULL, SHIP_RADIUS, Ship};
use arrayvec::ArrayVec;
use bevy::color::LinearRgba;
use bevy::prelude::*;

use super::camera::CameraView;
use super::canvas::Canvas;
use super::ease::Eased;
use super::palette;
use super::shade::Shade;
use crate::stage::Stage;

/// The most corners of an outline.
const MAX_CORNERS: usize = 8;

const HULL_GROUND: LinearRgba = LinearRgba::rgb(0.008, 0.013, 0.028);
const FLAME: LinearRgba = LinearRgba::rgb(1.0, 0.45, 0.1);
const BOOST_FLAME: LinearRgba = LinearRgba::rgb(0.35, 0.65, 1.0);

pub(super) fn draw(
    stage: Res<Stage>,
    camera: Res<CameraView>,
    eased: Res<Eased>,
    mut canvas: ResMut<Canvas>,
) {
    let seconds = (stage.moment() / f64::from(TICK_RATE)) as f32;
    for (slot, ship) in stage.ships().filter(|(_, ship)| ship.is_flying()) {
        let place = camera.place_moving(ship.position, ship.velocity.offset())
            + eased.offset(slot) * camera.scale;
        let radius = camera.length(SHIP_RADIUS);
        if !camera.sees(place, radius * 4.0) {
            continue;
        }
        let own = stage.own_slot == Some(slot);
        let colour = palette::linear_colour(slot);
        let nose = nose(ship);
        if ship.is_thrusting() {
            flame(&mut canvas, ship, place, nose * radius, seconds);
        }
        let outline: ArrayVec<Vec2, MAX_CORNERS> = palette::hull(slot)
            .iter()
            .map(|corner| place + nose.rotate(*corner) * radius)
            .collect();
        let blink = ship.grace > 0 && (seconds * 14.0).fract() < 0.5;
        let tint = if blink { LinearRgba::WHITE } else { colour };
        canvas.fill_around(place, &outline, HULL_GROUND);
        canvas.fill_around(
            place,
            &outline,
            tint.with_strength(if own { 0.3 } else { 0.16 }),
        );
        canvas.neon(
            &outline,
            true,
            (if own { 2.2 } else { 1.8 } * camera.scale).max(1.4),
            tint,
        );
        if own {
            canvas.disc(
                place + nose * radius * 0.35,
                radius * 0.16,
                tint.towards_white(0.7),
            );
        }
        if ship.is_shielded() {
            let pulse = 0.55 + 0.25 * (seconds * TAU * 1.5).sin();
            canvas.glow(place, radius * 2.4, colour.with_strength(0.16));
            canvas.ring(place, radius * 1.75, 1.6, colour.with_strength(pulse));
        } else if !own && ship.hull < MAX_HULL {
            // A broken ring shows the damage of another ship.
            let left = f32::from(ship.hull) / f32::from(MAX_HULL);
            let span = (0.25 - left / 2.0, 0.25 + left / 2.0);
            canvas.arc(place, radius * 1.75, 1.2, span, colour.with_strength(0.35));
        }
    }
}

/// The direction of the nose as a unit vector.
pub(super) fn nose(ship: &Ship) -> Vec2 {
    Vec2::from_angle(f32::from(ship.heading.0) / 65536.0 * TAU)
}

fn flame(canvas: &mut Canvas, ship: &Ship, place: Vec2, nose: Vec2, seconds: f32) {
    let boosting = ship.is_boosting() && ship.controls.held(Buttons::BOOST);
    let (colour, reach) = if boosting {
        (BOOST_FLAME, 2.9)
    } else {
        (FLAME, 1.8)
    };
    let flicker = 0.82 + 0.18 * (seconds * 47.0 + place.x * 0.05).sin();
    let tail = place - nose * 0.6;
    let tip = place - nose * (0.6 + reach * flicker);
    let side = nose.perp() * 0.36;
    canvas.glow(
        place - nose * 1.1,
        nose.length() * reach,
        colour.with_strength(0.5),
    );
    canvas.fill(&[tail + side, tip, tail - side], colour.with_strength(0.75));
    let core = tail.lerp(tip, 0.55);
    canvas.fill(
        &[tail + side * 0.5, core, tail - side * 0.5],
        colour.towards_white(0.7),
    );
}
