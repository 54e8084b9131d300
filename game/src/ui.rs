//! The interface kit: colours, type sizes, buttons, sliders, text lines.
//!
//! Non-goals: knowledge of the screens.

pub mod button;
pub(crate) mod line;
pub(crate) mod slider;
pub(crate) mod text;
pub(crate) mod theme;

use bevy::prelude::*;

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins((button::plugin, slider::plugin));
}
