//! Whether the keyboard controls the ship or writes text.

use bevy::prelude::*;

/// What key presses go to.
#[derive(Resource, Default, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum KeyboardFocus {
    /// The ship and the shortcuts.
    #[default]
    Game,
    /// The callsign.
    Callsign,
    /// A match's code.
    Code,
    /// A line of chat.
    Chat,
}

/// Run condition: keys control the game.
pub(crate) fn game_has_keyboard(focus: Res<KeyboardFocus>) -> bool {
    *focus == KeyboardFocus::Game
}
