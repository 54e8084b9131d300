//! The screens: title, match, results, replay; one at a time.

mod active_match;
mod entry;
mod replay;
mod results;
mod title;

use bevy::prelude::*;

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins((
        entry::plugin,
        title::plugin,
        active_match::plugin,
        results::plugin,
        replay::plugin,
    ));
}
