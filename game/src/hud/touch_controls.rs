//! The picture of the touch controls.

use bevy::color::LinearRgba;
use bevy::prelude::*;

use crate::controls::touch::{STICK_RADIUS, TouchControls, TouchLayout};
use crate::stage::Stage;
use crate::view::camera::CameraView;
use crate::view::canvas::Canvas;
use crate::view::shade::Shade;

const IDLE: LinearRgba = LinearRgba::new(0.5, 0.65, 0.9, 0.22);
const HELD: LinearRgba = LinearRgba::new(0.6, 0.8, 1.0, 0.6);
const FIRE: LinearRgba = LinearRgba::new(1.0, 0.42, 0.12, 1.0);
const BOOST: LinearRgba = LinearRgba::new(0.3, 0.65, 1.0, 1.0);

pub(super) fn draw(
    controls: Res<TouchControls>,
    stage: Res<Stage>,
    camera: Res<CameraView>,
    mut canvas: ResMut<Canvas>,
) {
    if !controls.in_use || stage.watched.is_some() {
        return;
    }
    // From pixels below the upper left corner to pixels above the middle.
    let place = |at: Vec2| (at - camera.window / 2.0) * Vec2::new(1.0, -1.0);
    let layout = TouchLayout::of(camera.window);
    match controls.stick {
        Some(stick) => {
            canvas.ring(
                place(stick.origin),
                STICK_RADIUS,
                1.5,
                HELD.with_strength(0.7),
            );
            canvas.disc(place(stick.thumb), 22.0, HELD.with_strength(0.6));
        }
        None => {
            canvas.ring(
                place(layout.stick),
                STICK_RADIUS,
                1.5,
                IDLE.with_strength(1.4),
            );
            canvas.disc(place(layout.stick), 20.0, IDLE.with_strength(0.7));
        }
    }
    for ((middle, radius), held, colour) in [
        (layout.fire, controls.firing(), FIRE),
        (layout.boost, controls.boosting(), BOOST),
    ] {
        let middle = place(middle);
        let strength = if held { 0.55 } else { 0.16 };
        canvas.disc(middle, radius, colour.with_strength(strength));
        canvas.ring(middle, radius, 1.8, colour.with_strength(0.7));
    }
    // Pictures instead of words: a shot, and a double chevron.
    let (fire, boost) = (place(layout.fire.0), place(layout.boost.0));
    canvas.disc(fire, 7.0, LinearRgba::WHITE.with_strength(0.85));
    canvas.ring(fire, 15.0, 2.0, LinearRgba::WHITE.with_strength(0.6));
    for rise in [-7.0, 5.0] {
        let tip = boost + Vec2::Y * (rise + 6.0);
        let chevron = [
            tip + Vec2::new(-11.0, -9.0),
            tip,
            tip + Vec2::new(11.0, -9.0),
        ];
        canvas.stroke(&chevron, false, 3.0, LinearRgba::WHITE.with_strength(0.8));
    }
}
