//! The touch controls' picture.

use bevy::color::LinearRgba;
use bevy::prelude::*;

use crate::controls::touch::{Pad, PadLayout, STICK_RADIUS};
use crate::stage::Stage;
use crate::view::lens::Lens;
use crate::view::paint::{Paint, Shade};

const IDLE: LinearRgba = LinearRgba::new(0.5, 0.65, 0.9, 0.22);
const HELD: LinearRgba = LinearRgba::new(0.6, 0.8, 1.0, 0.6);
const FIRE: LinearRgba = LinearRgba::new(1.0, 0.42, 0.12, 1.0);
const BOOST: LinearRgba = LinearRgba::new(0.3, 0.65, 1.0, 1.0);

pub(super) fn paint(pad: Res<Pad>, stage: Res<Stage>, lens: Res<Lens>, mut paint: ResMut<Paint>) {
    if !pad.in_use || stage.watched.is_some() {
        return;
    }
    // From pixels below the upper left corner to pixels above the middle.
    let place = |at: Vec2| (at - lens.window / 2.0) * Vec2::new(1.0, -1.0);
    let layout = PadLayout::of(lens.window);
    match pad.stick {
        Some(stick) => {
            paint.ring(
                place(stick.origin),
                STICK_RADIUS,
                1.5,
                HELD.with_strength(0.7),
            );
            paint.disc(place(stick.thumb), 22.0, HELD.with_strength(0.6));
        }
        None => {
            paint.ring(
                place(layout.stick),
                STICK_RADIUS,
                1.5,
                IDLE.with_strength(1.4),
            );
            paint.disc(place(layout.stick), 20.0, IDLE.with_strength(0.7));
        }
    }
    for ((middle, radius), held, colour) in [
        (layout.fire, pad.firing(), FIRE),
        (layout.boost, pad.boosting(), BOOST),
    ] {
        let middle = place(middle);
        let strength = if held { 0.55 } else { 0.16 };
        paint.disc(middle, radius, colour.with_strength(strength));
        paint.ring(middle, radius, 1.8, colour.with_strength(0.7));
    }
    // A shot on the one, a double chevron on the other: no language needed.
    let (fire, boost) = (place(layout.fire.0), place(layout.boost.0));
    paint.disc(fire, 7.0, LinearRgba::WHITE.with_strength(0.85));
    paint.ring(fire, 15.0, 2.0, LinearRgba::WHITE.with_strength(0.6));
    for rise in [-7.0, 5.0] {
        let tip = boost + Vec2::Y * (rise + 6.0);
        let chevron = [
            tip + Vec2::new(-11.0, -9.0),
            tip,
            tip + Vec2::new(11.0, -9.0),
        ];
        paint.stroke(&chevron, false, 3.0, LinearRgba::WHITE.with_strength(0.8));
    }
}
