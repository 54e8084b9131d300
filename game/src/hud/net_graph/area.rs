//! The place of the net graph in the window.

use bevy::prelude::*;

use crate::controls::touch::{STICK_RADIUS, TouchLayout};
use crate::ui::theme;

/// In logical pixels: 24 letters wide, eight lines and the graphs' bars high.
pub(super) const SIZE: Vec2 = Vec2::new(204.0, 162.0);

/// Below the own ship and clear of the thumbs: between them, or above them where it is narrow.
/// In logical pixels from the window's upper left corner.
pub(super) fn area(window: Vec2) -> Rect {
    let TouchLayout { boost, stick, .. } = TouchLayout::of(window);
    let left = stick.x + STICK_RADIUS;
    let right = boost.0.x - boost.1;
    let (middle, bottom) = if right - left > SIZE.x {
        ((left + right) / 2.0, window.y - theme::GAP)
    } else {
        (window.x / 2.0, stick.y - STICK_RADIUS - theme::GAP)
    };
    Rect::from_corners(
        Vec2::new(middle - SIZE.x / 2.0, bottom - SIZE.y),
        Vec2::new(middle + SIZE.x / 2.0, bottom),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_overlaps_neither_touch_controls_nor_ship() {
        let check = |window: Vec2| {
            let area = area(window);
            let TouchLayout { fire, boost, stick } = TouchLayout::of(window);
            for (middle, radius) in [fire, boost, (stick, STICK_RADIUS)] {
                let thumb = Rect::from_center_half_size(middle, Vec2::splat(radius));
                assert!(area.intersect(thumb).is_empty(), "{window}: {middle}");
            }
            let inside = Rect::from_corners(Vec2::ZERO, window);
            assert_eq!(inside.intersect(area), area, "{window}");
            area
        };
        for (x, y) in [
            (375.0, 667.0),
            (667.0, 375.0),
            (390.0, 844.0),
            (1280.0, 720.0),
        ] {
            assert!(check(Vec2::new(x, y)).min.y > y / 2.0);
        }
        check(Vec2::new(360.0, 640.0));
        check(Vec2::new(568.0, 320.0));
    }
}
