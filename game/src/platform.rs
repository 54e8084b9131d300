//! All that differs between a desktop and a browser: how the game is started, what it stores, and
//! what happens outside of its window.
//!
//! `native` and `web` export the same functions; no other module asks for the target. What happens
//! outside of the window arrives as a Bevy message: [`FileOpened`], [`LinkFollowed`] or
//! [`ReportRequested`].

mod entropy;
mod events;
mod file_limit;
#[cfg(not(target_arch = "wasm32"))]
mod native;
mod store;
#[cfg(target_arch = "wasm32")]
mod web;

use bevy::prelude::*;

#[cfg(not(target_arch = "wasm32"))]
use native as target;
#[cfg(target_arch = "wasm32")]
use web as target;

pub use entropy::Entropy;
pub use events::{
    FileOpened, LinkFollowed, Opened, PlatformEvent, PlatformEvents, PlatformSystems,
    ReportRequested,
};
pub use store::{Key, MemoryStore, SettingsStore};
pub use target::startup;
pub(crate) use target::{
    choose_file, install_panic_screen, open_file, prefers_touch, publish_report, show_code,
    when_hidden,
};

/// The messages of the platform, and a source of random numbers.
pub(crate) fn plugin(app: &mut App) {
    if !app.world().contains_resource::<Entropy>() {
        app.insert_resource(Entropy(target::entropy));
    }
    app.add_plugins(events::plugin);
    target::watch(&app.world().resource::<PlatformEvents>().sender());
}

/// Where the platform keeps settings.
pub(crate) fn settings_store() -> impl SettingsStore + 'static {
    target::Store::of_user()
}
