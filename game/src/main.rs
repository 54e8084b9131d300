//! Last Will: the client, native and in the browser.
//!
//! `platform` is the only module that knows which of the two it is; `play` drives a match and
//! fills the `stage`; `view`, `hud` and `report` show it; `controls` and `screens` are the player's
//! side.

mod controls;
mod hud;
mod news;
mod online;
mod phrases;
mod platform;
mod play;
mod report;
mod screens;
mod stage;
mod standings;
mod typing;
mod ui;
mod view;

use bevy::prelude::*;
use bevy::window::{PresentMode, WindowResolution};
use bevy::winit::WinitSettings;

fn main() -> AppExit {
    let startup = match platform::startup() {
        Ok(startup) => startup,
        Err(exit) => return exit,
    };
    let window = Window {
        title: "Last Will".into(),
        name: Some("last-will".into()),
        resolution: WindowResolution::new(1280, 720),
        present_mode: PresentMode::AutoVsync,
        canvas: Some("#game".into()),
        fit_canvas_to_parent: true,
        // The page decides which keys stay the browser's: reloading does.
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
        .add_plugins((
            stage::plugin,
            typing::plugin,
            ui::plugin,
            controls::plugin,
            screens::plugin,
            online::plugin,
            play::plugin,
            view::plugin,
            hud::plugin,
            news::plugin,
            report::plugin,
        ));
    app.run()
}
