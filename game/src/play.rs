//! What is played: a match that this player takes part in, a recorded match, or the bots behind
//! the title.
//!
//! Non-goals: getting tickets (`online`), and everything that is shown (`stage` and later layers).

mod active_match;
mod backdrop;
mod match_backend;
mod notices;
mod playback;

use bevy::prelude::*;

pub use active_match::ActiveMatch;
pub(crate) use backdrop::Backdrop;
pub use playback::{Motion, Playback};

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins((backdrop::plugin, active_match::plugin, playback::plugin));
}
