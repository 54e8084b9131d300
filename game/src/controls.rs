//! The player's input devices: keyboard, mouse and touch, gathered into one [`PilotInput`].
//!
//! Non-goals: what a match does with the input.

mod keyboard;
mod mouse;
mod pilot_input;
pub(crate) mod touch;

use bevy::prelude::*;

use crate::state::game_has_keyboard;

pub(crate) use pilot_input::PilotInput;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<PilotInput>()
        .add_plugins(touch::plugin)
        .add_systems(
            PreUpdate,
            (
                clear,
                (keyboard::read, mouse::read).run_if(game_has_keyboard),
                touch::read,
            )
                .chain()
                .after(bevy::input::InputSystems),
        );
}

fn clear(mut input: ResMut<PilotInput>) {
    *input = PilotInput::default();
}
