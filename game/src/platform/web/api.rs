//! `window.lastwill`: `stats()` and `buttons()` return the last report as plain objects,
//! `open(file)` takes a file that was picked or dropped.

use std::cell::RefCell;
use std::sync::mpsc::Sender;

use js_sys::{JSON, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, Window};

use super::files::read_blob;
use crate::platform::events::PlatformEvent;

/// The last report, as JSON.
#[derive(Default)]
struct Report {
    stats: RefCell<String>,
    buttons: RefCell<String>,
}

thread_local! {
    static REPORT: Report = Report::default();
}

/// Defines `window.lastwill`.
pub(super) fn publish(window: &Window, events: &Sender<PlatformEvent>) {
    let api = Object::new();
    let publish_reader = |name: &str, read: fn(&Report) -> &RefCell<String>| {
        let events = events.clone();
        let function = Closure::<dyn Fn() -> JsValue>::new(move || {
            let _ = events.send(PlatformEvent::ReportRequested);
            REPORT.with(|report| JSON::parse(&read(report).borrow()).unwrap_or(JsValue::NULL))
        });
        // A plain object takes every property.
        let _ = Reflect::set(&api, &name.into(), function.as_ref());
        function.forget();
    };
    publish_reader("stats", |report| &report.stats);
    publish_reader("buttons", |report| &report.buttons);
    let opened = events.clone();
    let open = Closure::<dyn Fn(Blob)>::new(move |file| read_blob(file, opened.clone()));
    let _ = Reflect::set(&api, &"open".into(), open.as_ref());
    open.forget();
    let _ = Reflect::set(window, &"lastwill".into(), &api);
}

/// Makes the report what `window.lastwill` returns.
pub(crate) fn publish_report(stats: &str, buttons: &str) {
    REPORT.with(|report| {
        stats.clone_into(&mut report.stats.borrow_mut());
        buttons.clone_into(&mut report.buttons.borrow_mut());
    });
}
