//! Drives play and fills the stage: a flight in a match, or the backdrop of the title.

mod backdrop;
pub(crate) mod flight;
pub(crate) mod watching;

use bevy::prelude::*;

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins((backdrop::plugin, flight::plugin, watching::plugin));
}
