//! Whether the keyboard writes text instead of flying.

use bevy::prelude::*;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Typing>();
}

/// What the keyboard writes into.
#[derive(Resource, Default, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Typing {
    /// Nothing: keys fly.
    #[default]
    No,
    /// The callsign.
    Callsign,
    /// A match's code.
    Code,
    /// A line of chat.
    Chat,
}

/// Run condition: keys fly.
pub(crate) fn not_typing(typing: Res<Typing>) -> bool {
    *typing == Typing::No
}
