//! Last Will: the client, native and in the browser.
//!
//! Data flows down through these layers; a module may use modules of earlier layers, and never
//! those of later ones:
//!
//! 1. [`startup`], `phrases`, [`ui`]: options, texts and widgets that know nothing of the game.
//! 2. [`platform`]: the desktop or the browser, the only module that knows which.
//! 3. [`state`], [`intents`], [`messages`], [`relay_api`]: the state of the application; what the
//!    player wants, as events; what happened, as messages; the relay as a resource.
//! 4. `controls`: the input devices.
//! 5. [`online`] gets tickets; [`play`] turns them into a match.
//! 6. [`stage`]: what a frame shows, taken from what is played.
//! 7. [`view`] draws it, then `hud`, `news` and `screens` cover the drawing.
//! 8. `report`: the state of all of them as JSON.
//!
//! What a later layer wants from an earlier one is an event or a message that the earlier layer
//! defines.

mod controls;
mod hud;
pub mod intents;
pub mod messages;
mod news;
pub mod online;
mod phrases;
pub mod platform;
pub mod play;
pub mod relay_api;
mod report;
mod screens;
pub mod stage;
pub mod startup;
pub mod state;
pub mod ui;
pub mod view;

use bevy::prelude::*;
use bevy::window::{PresentMode, WindowResolution};
use bevy::winit::WinitSettings;

use crate::startup::StartupOptions;

/// The game without a window and a renderer: it needs `StatesPlugin`, `InputPlugin` and
/// `WindowPlugin`, and a [`StartupOptions`] resource. [`state::Settings`], [`relay_api::Relay`] and
/// [`platform::Entropy`] that are already there are kept.
pub fn plugin(app: &mut App) {
    app.add_plugins((
        platform::plugin,
        state::plugin,
        messages::plugin,
        relay_api::plugin,
        ui::plugin,
        controls::plugin,
        online::plugin,
        play::plugin,
        stage::plugin,
        view::plugin,
        hud::plugin,
        news::plugin,
        screens::plugin,
        report::plugin,
    ));
}

/// The whole game, in a window.
pub fn app(startup: StartupOptions) -> App {
    let window = Window {
        title: "Last Will".into(),
        name: Some("last-will".into()),
        resolution: WindowResolution::new(1280, 720),
        present_mode: PresentMode::AutoVsync,
        canvas: Some("#game".into()),
        fit_canvas_to_parent: true,
        // The page decides which keys stay the browser's, such as the one that reloads.
        prevent_default_event_handling: false,
        ..default()
    };
    let mut app = App::new();
    app.add_plugins(DefaultPlugins.set(WindowPlugin {
        primary_window: Some(window),
        ..default()
    }));
    platform::install_panic_screen();
    // A host in an unfocused window still has a match to run.
    app.insert_resource(WinitSettings::continuous())
        .insert_resource(startup)
        .add_plugins((plugin, view::canvas_mesh::plugin));
    app
}
