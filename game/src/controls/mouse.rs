//! The mouse, once its right button was used: the ship turns to the pointer; left fires, right
//! thrusts.
//!
//! Before that the mouse only presses buttons on the screen, so that it does not override the
//! keyboard.

use arena::Buttons;
use bevy::prelude::*;
use bevy::window::PrimaryWindow;

use super::pilot_input::{PilotInput, heading_of};

/// Nearer to the ship than this, in logical pixels, the pointer gives no direction.
const DEAD_ZONE: f32 = 24.0;

pub(super) fn read(
    mouse: Res<ButtonInput<MouseButton>>,
    keys: Res<ButtonInput<KeyCode>>,
    window: Single<&Window, With<PrimaryWindow>>,
    mut steering: Local<bool>,
    mut input: ResMut<PilotInput>,
) {
    if mouse.just_pressed(MouseButton::Right) {
        *steering = true;
    }
    // Steering by keyboard ends steering by mouse.
    let turning = input.buttons.intersects(Buttons::LEFT | Buttons::RIGHT);
    if turning || keys.just_pressed(KeyCode::Escape) {
        *steering = false;
    }
    if !*steering {
        return;
    }
    input.buttons |= Buttons::FIRE.when(mouse.pressed(MouseButton::Left))
        | Buttons::THRUST.when(mouse.pressed(MouseButton::Right));
    if let Some(pointer) = window.cursor_position() {
        let direction = (pointer - window.size() / 2.0) * Vec2::new(1.0, -1.0);
        if direction.length() > DEAD_ZONE {
            input.aim = Some(heading_of(direction));
        }
    }
}
