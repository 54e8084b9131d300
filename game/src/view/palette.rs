//! The look of a pilot's ship: 8 colours that colour-blind people can distinguish, times 4 hulls,
//! make 32 looks, one for each slot.
//!
//! The colours are those of Okabe and Ito, with a lighter blue against the dark background.

use bevy::color::{Color, LinearRgba};
use bevy::math::{Vec2, vec2};
use netcode::Slot;

const COLOURS: [Color; 8] = [
    Color::srgb(0.34, 0.71, 0.91),
    Color::srgb(0.90, 0.62, 0.0),
    Color::srgb(0.0, 0.72, 0.52),
    Color::srgb(0.94, 0.89, 0.26),
    Color::srgb(0.87, 0.40, 0.05),
    Color::srgb(0.85, 0.52, 0.70),
    Color::srgb(0.16, 0.50, 0.85),
    Color::srgb(0.86, 0.88, 0.92),
];

/// Outlines in ship radii, nose to the right.
const DART: [Vec2; 4] = [
    vec2(1.25, 0.0),
    vec2(-0.95, 0.8),
    vec2(-0.5, 0.0),
    vec2(-0.95, -0.8),
];
const TALON: [Vec2; 6] = [
    vec2(1.2, 0.0),
    vec2(0.1, 0.42),
    vec2(-0.7, 1.0),
    vec2(-0.75, 0.0),
    vec2(-0.7, -1.0),
    vec2(0.1, -0.42),
];
const BARGE: [Vec2; 6] = [
    vec2(1.1, 0.28),
    vec2(-0.3, 0.85),
    vec2(-0.95, 0.5),
    vec2(-0.95, -0.5),
    vec2(-0.3, -0.85),
    vec2(1.1, -0.28),
];
const WASP: [Vec2; 8] = [
    vec2(1.3, 0.0),
    vec2(0.25, 0.3),
    vec2(0.45, 0.9),
    vec2(-0.9, 0.45),
    vec2(-0.6, 0.0),
    vec2(-0.9, -0.45),
    vec2(0.45, -0.9),
    vec2(0.25, -0.3),
];

/// The slot's colour.
pub(crate) fn colour(slot: Slot) -> Color {
    COLOURS[slot.index() % COLOURS.len()]
}

/// The slot's colour, for the canvas.
pub(crate) fn linear_colour(slot: Slot) -> LinearRgba {
    colour(slot).to_linear()
}

/// The slot's outline in ship radii, nose to the right; star-shaped around the origin.
pub(super) fn hull(slot: Slot) -> &'static [Vec2] {
    match slot.index() / COLOURS.len() {
        0 => &DART,
        1 => &TALON,
        2 => &BARGE,
        _ => &WASP,
    }
}

#[cfg(test)]
mod tests {
    use arena::MAX_SLOTS;

    use super::*;

    #[test]
    fn no_two_slots_look_alike() {
        let looks: Vec<_> = Slot::first(MAX_SLOTS)
            .map(|slot| (colour(slot), hull(slot)))
            .collect();
        for (index, look) in looks.iter().enumerate() {
            assert!(!looks[..index].contains(look), "slot {index}");
        }
    }
}
