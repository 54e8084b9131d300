//! Recordings that are picked, dropped, or fetched from the page's server.

use std::path::Path;
use std::sync::mpsc::Sender;

use js_sys::{Function, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Blob;

use crate::platform::events::{Opened, PlatformEvent};
use crate::platform::file_limit::{MAX_FILE, TOO_LARGE};

/// Shows the device's file dialog, now or when the finger that asks for it is lifted.
///
/// # Errors
/// In words, what to do if the page has none.
pub(crate) fn choose_file() -> Result<(), &'static str> {
    let shown = web_sys::window()
        .and_then(|window| Reflect::get(&window, &"chooseFile".into()).ok())
        .and_then(|choose| choose.dyn_into::<Function>().ok())
        .is_some_and(|choose| choose.call0(&JsValue::NULL).is_ok());
    match shown {
        true => Ok(()),
        false => Err("This page cannot open files: reload it, or drop the recording onto it."),
    }
}

/// Reads a file that was picked or dropped, and sends its bytes or why it cannot be read.
pub(super) fn read_blob(file: Blob, events: Sender<PlatformEvent>) {
    if file.size() > MAX_FILE as f64 {
        send(&events, Err(TOO_LARGE.into()));
        return;
    }
    spawn_local(async move {
        let opened = match JsFuture::from(file.array_buffer()).await {
            Ok(buffer) => Ok(Uint8Array::new(&buffer).to_vec()),
            Err(_) => Err("That file cannot be read: check that it is still there.".into()),
        };
        send(&events, opened);
    });
}

/// Fetches a file by its path on the page's server, and sends its bytes or why it cannot be read.
pub(crate) fn open_file(path: &Path, events: &Sender<PlatformEvent>) {
    let path = path.to_string_lossy().into_owned();
    let origin = web_sys::window().and_then(|window| window.location().origin().ok());
    let Some(origin) = origin.filter(|_| path.starts_with('/')) else {
        let advice =
            "Correct the page's address: replay is a path on this server, such as /duel.match.";
        send(events, Err(advice.into()));
        return;
    };
    let events = events.clone();
    let request = ehttp::Request::get(format!("{origin}{path}"));
    ehttp::fetch(request, move |answer| {
        let opened = match answer {
            Ok(response) if !response.ok => Err(format!(
                "There is no recording at {path}: correct the page's address."
            )),
            Ok(response) if response.bytes.len() as u64 > MAX_FILE => Err(TOO_LARGE.into()),
            Ok(response) => Ok(response.bytes),
            Err(_) => Err(
                "Cannot fetch the recording. Check your connection, then reload the page.".into(),
            ),
        };
        send(&events, opened);
    });
}

fn send(events: &Sender<PlatformEvent>, opened: Opened) {
    // Without a receiver the game is over.
    let _ = events.send(PlatformEvent::FileOpened(opened));
}
