//! What is shown in this frame: an arena in the predicted present, and the names of its pilots.
//!
//! It is filled from whatever is played; later layers read it, and know neither session nor
//! network.

mod fill;
mod scene;
mod spectating;
pub(crate) mod standings;

use bevy::prelude::*;

pub use scene::Stage;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Stage>()
        .add_plugins((fill::plugin, spectating::plugin));
}
