//! The mouse, once its right button was used: the ship turns to the pointer; left fires, right
//! thrusts.
//!
//! Until then the mouse only presses buttons, so that a resting mouse does not fight the keyboard.

use bevy::prelude::*;
use bevy::window::PrimaryWindow;
use shared::sim::arena::Buttons;

use super::{Hands, heading_of};

/// Nearer to the ship than this, in logical pixels, the pointer gives no direction.
const DEAD_ZONE: f32 = 24.0;

pub(super) fn read(
    mouse: Res<ButtonInput<MouseButton>>,
    keys: Res<ButtonInput<KeyCode>>,
    window: Single<&Window, With<PrimaryWindow>>,
    mut steering: Local<bool>,
    mut hands: ResMut<Hands>,
) {
    if mouse.just_pressed(MouseButton::Right) {
        *steering = true;
    }
    // Whoever takes the keyboard again steers by it.
    let turning = hands.buttons.intersects(Buttons::LEFT | Buttons::RIGHT);
    if turning || keys.just_pressed(KeyCode::Escape) {
        *steering = false;
    }
    if !*steering {
        return;
    }
    hands.buttons |= Buttons::FIRE.when(mouse.pressed(MouseButton::Left))
        | Buttons::THRUST.when(mouse.pressed(MouseButton::Right));
    if let Some(pointer) = window.cursor_position() {
        let way = (pointer - window.size() / 2.0) * Vec2::new(1.0, -1.0);
        if way.length() > DEAD_ZONE {
            hands.aim = Some(heading_of(way));
        }
    }
}
