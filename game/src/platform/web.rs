//! The browser: the page's address, its storage, its files, and `window.lastwill`.

mod address;
mod api;
mod files;
mod storage;
mod visibility;

use std::panic;
use std::sync::mpsc::Sender;

use bevy::app::AppExit;
use js_sys::{Function, Math, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::Window;

use super::events::PlatformEvent;
use crate::startup::StartupOptions;

pub(crate) use self::address::show_code;
pub(crate) use self::api::publish_report;
pub(crate) use self::files::{choose_file, open_file};
pub(crate) use self::storage::Store;
pub(crate) use self::visibility::when_hidden;

/// Reads the page's address.
///
/// # Errors
/// The address holds a value that is not valid, which the page shows.
pub fn startup() -> Result<StartupOptions, AppExit> {
    let Some(window) = web_sys::window() else {
        return Err(AppExit::error());
    };
    address::options(&window).map_err(|error| {
        let advice = format!("Correct the page's address: {error}.");
        show_failure(&window, &advice, "");
        AppExit::error()
    })
}

/// Sends what happens to the page, and puts `window.lastwill` in place.
pub(super) fn watch(events: &Sender<PlatformEvent>) {
    if let Some(window) = web_sys::window() {
        api::publish(&window, events);
        address::watch(&window, events);
        visibility::watch(&window);
    }
}

/// 64 random bits.
pub(super) fn entropy() -> u64 {
    let half = || (Math::random() * 4_294_967_296.0) as u64;
    half() << 32 | half()
}

/// Whether a touch screen is the likely input.
pub(crate) fn prefers_touch() -> bool {
    web_sys::window()
        .and_then(|window| window.match_media("(pointer: coarse)").ok()?)
        .is_some_and(|query| query.matches())
}

/// Shows a panic to the player instead of a frozen picture, and logs it.
pub(crate) fn install_panic_screen() {
    panic::set_hook(Box::new(|info| {
        let text = info.to_string();
        web_sys::console::error_1(&text.as_str().into());
        if let Some(window) = web_sys::window() {
            show_failure(&window, "The game has crashed", &text);
        }
    }));
}

/// Covers the game with what went wrong.
fn show_failure(window: &Window, text: &str, detail: &str) {
    // The page defines this function; without it, the console has the message.
    if let Ok(show) = Reflect::get(window, &"showFailure".into())
        && let Some(show) = show.dyn_ref::<Function>()
    {
        let _ = show.call2(&JsValue::NULL, &text.into(), &detail.into());
    }
}
