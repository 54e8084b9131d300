//! From positions in the arena to pixels: the camera's focus and scale.
//!
//! Each thing is drawn at its copy nearest to the focus, which makes the torus seamless: the
//! window never shows half of the arena.

use arena::easing;
use arena::{Offset, Position, WORLD_UNIT};
use bevy::prelude::*;
use bevy::window::PrimaryWindow;

use super::ease::Eased;
use crate::stage::Stage;

/// World units that the window's shorter side shows.
const SHORT_SIDE: f32 = 560.0;

/// World units that the longer side shows at most: less than half of the arena to each side.
const LONG_SIDE: f32 = 1900.0;

/// How fast the camera drifts while it follows no ship, in world units per second.
const DRIFT: Vec2 = Vec2::new(26.0, 11.0);

/// The camera.
#[derive(Resource, Debug)]
pub(crate) struct CameraView {
    /// What the middle of the window shows.
    pub(crate) focus: Position,
    /// Logical pixels in a world unit.
    pub(crate) scale: f32,
    /// The window's size in logical pixels.
    pub(crate) window: Vec2,
    /// Ticks past the shown state's tick, `0..1`.
    pub(crate) fraction: f32,
    /// How far the camera has moved since the start, in world units; stars move by it.
    pub(super) travelled: Vec2,
}

impl Default for CameraView {
    fn default() -> Self {
        Self {
            focus: Position::default(),
            scale: 1.0,
            window: Vec2::splat(1.0),
            fraction: 0.0,
            travelled: Vec2::ZERO,
        }
    }
}

impl CameraView {
    /// The place of a position on the window, in logical pixels from the middle, y up.
    pub(crate) fn place(&self, position: Position) -> Vec2 {
        world_units(self.focus.offset_to(position)) * self.scale
    }

    /// The place of a thing that moves by `velocity` each tick, at the fraction of the tick.
    pub(crate) fn place_moving(&self, position: Position, velocity: Offset) -> Vec2 {
        self.place(position) + world_units(velocity) * (self.fraction * self.scale)
    }

    /// Units of position as logical pixels.
    pub(crate) fn length(&self, units: u32) -> f32 {
        units as f32 / WORLD_UNIT as f32 * self.scale
    }

    /// Whether a circle at `place` can be seen.
    pub(crate) fn sees(&self, place: Vec2, radius: f32) -> bool {
        let reach = self.window / 2.0 + radius;
        place.x.abs() < reach.x && place.y.abs() < reach.y
    }

    fn fit(&mut self, window: Vec2) {
        self.window = window;
        let scale = window.min_element() / SHORT_SIDE;
        self.scale = scale.max(window.max_element() / LONG_SIDE).max(0.01);
    }
}

/// An offset in world units.
pub(crate) fn world_units(offset: Offset) -> Vec2 {
    easing::world_units(offset).into()
}

/// An offset from world units; it is clamped to the size of the arena.
pub(crate) fn units(offset: Vec2) -> Offset {
    easing::units(offset.into())
}

/// Moves the camera to the own ship, which stays in the middle so that the mouse aims from there;
/// without one, to the ship that is watched; without one, lets it drift.
pub(super) fn follow(
    time: Res<Time>,
    stage: Res<Stage>,
    eased: Res<Eased>,
    window: Single<&Window, With<PrimaryWindow>>,
    mut camera: ResMut<CameraView>,
) {
    camera.fit(window.size());
    camera.fraction = stage.fraction;
    let target = match stage.followed_ship() {
        Some((slot, ship)) if ship.is_flying() => {
            let moving = world_units(ship.velocity.offset()) * stage.fraction;
            ship.position.moved(units(moving + eased.offset(slot)))
        }
        Some((_, wreck)) => wreck.position,
        None => camera.focus.moved(units(DRIFT * time.delta_secs())),
    };
    let travelled = world_units(camera.focus.offset_to(target));
    // A jump across the arena is another ship, not a movement: the stars do not move with it.
    if travelled.length() < 200.0 {
        camera.travelled += travelled;
    }
    camera.focus = target;
}

#[cfg(test)]
mod tests {
    use arena::ARENA_SIZE;

    use super::*;

    #[test]
    fn things_across_the_edge_are_drawn_beside_it() {
        let focus = Position::new(u32::MAX - 10 * WORLD_UNIT, 0);
        let camera = CameraView {
            focus,
            ..CameraView::default()
        };
        let place = camera.place(Position::new(5 * WORLD_UNIT, u32::MAX - 3 * WORLD_UNIT));
        assert!((place - Vec2::new(15.0, -3.0)).length() < 0.01, "{place}");
    }

    #[test]
    fn no_window_shows_half_of_the_arena() {
        for window in [
            Vec2::new(390.0, 844.0),
            Vec2::new(3440.0, 1440.0),
            Vec2::new(4000.0, 300.0),
        ] {
            let mut camera = CameraView::default();
            camera.fit(window);
            assert!(window.max_element() / camera.scale < ARENA_SIZE as f32 / 2.0);
        }
    }
}
