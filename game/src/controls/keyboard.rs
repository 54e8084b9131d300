//! The keyboard: arrows or WASD, space to fire, shift to boost.

use arena::Buttons;
use bevy::prelude::*;

use super::pilot_input::PilotInput;

const BINDINGS: [(KeyCode, Buttons); 11] = [
    (KeyCode::ArrowLeft, Buttons::LEFT),
    (KeyCode::KeyA, Buttons::LEFT),
    (KeyCode::ArrowRight, Buttons::RIGHT),
    (KeyCode::KeyD, Buttons::RIGHT),
    (KeyCode::ArrowUp, Buttons::THRUST),
    (KeyCode::KeyW, Buttons::THRUST),
    (KeyCode::ShiftLeft, Buttons::BOOST),
    (KeyCode::ShiftRight, Buttons::BOOST),
    (KeyCode::ArrowDown, Buttons::BOOST),
    (KeyCode::KeyS, Buttons::BOOST),
    (KeyCode::Space, Buttons::FIRE),
];

pub(super) fn read(keys: Res<ButtonInput<KeyCode>>, mut input: ResMut<PilotInput>) {
    for (key, button) in BINDINGS {
        input.buttons |= button.when(keys.pressed(key));
    }
}
