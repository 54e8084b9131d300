//! The page's address: how the game was started, and the invitation to the match.

use std::sync::mpsc::Sender;

use protocol::Code;
use wasm_bindgen::prelude::*;
use web_sys::{UrlSearchParams, Window};

use crate::platform::events::PlatformEvent;
use crate::startup::{InvalidStartup, StartupOptions, code_in_fragment};

/// The options in the address. An ID token does not stay there: the address is the invitation.
pub(super) fn options(window: &Window) -> Result<StartupOptions, InvalidStartup> {
    let location = window.location();
    let search = location.search().unwrap_or_default();
    let query = UrlSearchParams::new_with_str(&search).ok();
    let fragment = fragment(window);
    let options = StartupOptions::from_address(
        location.origin().unwrap_or_default(),
        |name| query.as_ref()?.get(name),
        &fragment,
    )?;
    if options.id_token.is_some() {
        show_code(code_in_fragment(&fragment));
    }
    Ok(options)
}

/// Sends an event when the address is changed to a match's: a link to another match that is
/// followed in this page changes only the fragment.
pub(super) fn watch(window: &Window, events: &Sender<PlatformEvent>) {
    let events = events.clone();
    let changed = Closure::<dyn Fn()>::new(move || {
        let code = web_sys::window().and_then(|window| code_in_fragment(&fragment(&window)));
        if let Some(code) = code {
            let _ = events.send(PlatformEvent::LinkFollowed(code));
        }
    });
    window.set_onhashchange(Some(changed.as_ref().unchecked_ref()));
    changed.forget();
}

/// The address's fragment, without the `#`.
fn fragment(window: &Window) -> String {
    let hash = window.location().hash().unwrap_or_default();
    hash.strip_prefix('#').unwrap_or_default().to_owned()
}

/// Shows the match's code in the page's address, so that the address is the invitation.
pub(crate) fn show_code(code: Option<Code>) {
    let Some(window) = web_sys::window() else {
        return;
    };
    let location = window.location();
    let address = match code {
        Some(code) => format!("#{code}"),
        None => location.pathname().unwrap_or_default() + &location.search().unwrap_or_default(),
    };
    if let Ok(history) = window.history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}
