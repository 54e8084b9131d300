//! The state of the application that is not a match's: screen, keyboard focus, settings.

mod frame_systems;
mod keyboard_focus;
mod muted_pilots;
mod pilot_name;
mod screen;
mod settings;
mod status_message;

use bevy::prelude::*;

use crate::platform;

pub use frame_systems::FrameSystems;
pub(crate) use keyboard_focus::{KeyboardFocus, game_has_keyboard};
pub use muted_pilots::MutedPilots;
pub use pilot_name::PilotName;
pub use screen::Screen;
pub(crate) use screen::arena_shown;
pub use settings::Settings;
pub use status_message::StatusMessage;

pub(crate) fn plugin(app: &mut App) {
    if !app.world().contains_resource::<Settings>() {
        app.insert_resource(Settings::new(platform::settings_store()));
    }
    app.init_state::<Screen>()
        .init_resource::<KeyboardFocus>()
        .init_resource::<MutedPilots>()
        .init_resource::<PilotName>()
        .init_resource::<StatusMessage>()
        .configure_sets(
            Update,
            (
                FrameSystems::Play,
                FrameSystems::Stage,
                FrameSystems::Camera,
                FrameSystems::Draw,
                FrameSystems::Show,
            )
                .chain(),
        );
}
