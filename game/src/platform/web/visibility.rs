//! Whether the page is visible.
//!
//! A hidden page draws no frames, so no system would read a message: what is still to be done is
//! done in the browser's event.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;
use web_sys::Window;

thread_local! {
    static WHEN_HIDDEN: RefCell<Option<Box<dyn Fn()>>> = const { RefCell::new(None) };
}

/// Runs the action whenever the page is hidden.
pub(super) fn watch(window: &Window) {
    let Some(document) = window.document() else {
        return;
    };
    let watched = document.clone();
    let changed = Closure::<dyn Fn()>::new(move || {
        if watched.hidden() {
            WHEN_HIDDEN.with_borrow(|action| {
                if let Some(action) = action {
                    action();
                }
            });
        }
    });
    document.set_onvisibilitychange(Some(changed.as_ref().unchecked_ref()));
    changed.forget();
}

/// Replaces what is done at the moment when the page is hidden.
pub(crate) fn when_hidden(action: Option<Box<dyn Fn()>>) {
    WHEN_HIDDEN.set(action);
}
