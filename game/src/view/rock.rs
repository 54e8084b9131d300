//! Rocks: irregular outlines that follow from their seeds, slowly spinning.

use std::f32::consts::TAU;

use arena::Rock;
use arena::TICK_RATE;
use bevy::color::LinearRgba;
use bevy::prelude::*;

use super::camera::CameraView;
use super::canvas::Canvas;
use super::shade::Shade;
use crate::stage::Stage;

const CORNERS: usize = 11;
const STONE: LinearRgba = LinearRgba::rgb(0.016, 0.022, 0.038);
const EDGE: LinearRgba = LinearRgba::rgb(0.22, 0.27, 0.36);

pub(super) fn draw(stage: Res<Stage>, camera: Res<CameraView>, mut canvas: ResMut<Canvas>) {
    for rock in stage.arena.rocks() {
        let place = camera.place_moving(rock.position, rock.velocity.offset());
        let radius = camera.length(rock.size.radius());
        if !camera.sees(place, radius * 1.3) {
            continue;
        }
        let outline = outline(rock, stage.moment()).map(|corner| place + corner * radius);
        canvas.fill_around(place, &outline, STONE);
        canvas.halo(&outline, true, 7.0 * camera.scale, EDGE.with_strength(0.25));
        canvas.stroke(&outline, true, (1.8 * camera.scale).max(1.3), EDGE);
        // A ridge from a corner towards the middle makes the spin visible.
        let ridge = [
            outline[1].lerp(place, 0.15),
            outline[4].lerp(place, 0.62),
            outline[7].lerp(place, 0.4),
        ];
        canvas.stroke(&ridge, false, 1.2, EDGE.with_strength(0.45));
    }
}

/// The corners in rock radii.
fn outline(rock: &Rock, moment: f64) -> [Vec2; CORNERS] {
    let seed = u32::from(rock.seed);
    let spin = (f32::from(rock.seed & 31) - 15.5) / 40.0;
    let turned = (moment / f64::from(TICK_RATE) * f64::from(spin)) as f32 + seed as f32;
    std::array::from_fn(|corner| {
        let bits = (seed + 1)
            .wrapping_mul(0x9e37_79b1)
            .rotate_left(3 * corner as u32)
            >> 5;
        let reach = 0.84 + (bits % 64) as f32 / 64.0 * 0.3;
        Vec2::from_angle(turned + corner as f32 / CORNERS as f32 * TAU) * reach
    })
}
