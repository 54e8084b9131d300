//! The browser: the page's address, its storage, and `window.lastwill` for tests and the curious.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::panic;
use std::path::Path;

use bevy::app::AppExit;
use bevy::platform::time::Instant;
use js_sys::{Function, JSON, Math, Object, Reflect, Uint8Array};
use shared::protocol::{Callsign, Code, Ticket};
use shared::session::HostOptions;
use shared::transport::Conditions;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, Storage, UrlSearchParams, Window};

use super::{Errand, MAX_FILE, Opened, Startup, TOO_LARGE};

/// Where the callsign is kept in the page's storage.
const CALLSIGN: &str = "lastwill.callsign";

/// Where the identity's token is kept in the page's storage.
const IDENTITY: &str = "lastwill.identity";

/// Where the ticket is kept while this tab lives: two tabs must not be one player.
const TICKET: &str = "lastwill.ticket";

/// How long a report stays worth computing after somebody looked at one.
const INTEREST_SECONDS: f32 = 2.0;

#[derive(Default)]
struct Report {
    stats: RefCell<String>,
    buttons: RefCell<String>,
    asked: Cell<bool>,
    invitation: Cell<Option<Code>>,
}

thread_local! {
    static REPORT: Report = Report::default();
    static WHEN_HIDDEN: RefCell<Option<Box<dyn Fn()>>> = const { RefCell::new(None) };
    /// The file that was opened last, until it is asked for.
    static OPENED: Cell<Option<Opened>> = const { Cell::new(None) };
}

fn window() -> Option<Window> {
    web_sys::window()
}

/// Reads the page's address; also puts `window.lastwill` in place.
pub(crate) fn startup() -> Result<Startup, AppExit> {
    let Some(window) = window() else {
        return Err(AppExit::error());
    };
    let (conditions, hosting) = parameters_in_address(&window).map_err(|error| {
        let advice = format!("Correct the page's address: {error}.");
        show_failure(&window, &advice, "");
        AppExit::error()
    })?;
    let errand = errand_in_address(&window);
    let id_token = take_id_token(&window);
    publish_api(&window);
    watch_address(&window);
    watch_visibility(&window);
    Ok(Startup {
        relay: window.location().origin().unwrap_or_default(),
        errand,
        callsign: None,
        id_token,
        stats: true,
        conditions,
        hosting,
    })
}

/// `?latency=120&jitter=20&loss=2&stall=500` is a worse network than there is,
/// `?pace=fast&repeat=2&fair=off` how a match is run that is hosted here.
fn parameters_in_address(window: &Window) -> Result<(Conditions, HostOptions), Box<dyn Error>> {
    let (mut conditions, mut hosting) = (Conditions::PERFECT, HostOptions::default());
    for name in Conditions::NAMES {
        if let Some(value) = parameter(window, name) {
            conditions.set(name, &value)?;
        }
    }
    for name in HostOptions::NAMES {
        if let Some(value) = parameter(window, name) {
            hosting.set(name, &value)?;
        }
    }
    Ok((conditions, hosting))
}

fn parameter(window: &Window, name: &str) -> Option<String> {
    let search = window.location().search().ok()?;
    UrlSearchParams::new_with_str(&search).ok()?.get(name)
}

/// `#CODE` joins that match, `#host` hosts one, `?replay=/duel.match` plays that recording.
fn errand_in_address(window: &Window) -> Errand {
    if let Some(code) = code_in_address(window) {
        Errand::Join(code)
    } else if window.location().hash().is_ok_and(|hash| hash == "#host") {
        Errand::Host
    } else if let Some(path) = parameter(window, "replay") {
        Errand::Replay(path.into())
    } else {
        Errand::Browse
    }
}

fn code_in_address(window: &Window) -> Option<Code> {
    let hash = window.location().hash().ok()?;
    hash.strip_prefix('#')?.split('&').next()?.parse().ok()
}

/// `#id_token=…` or `#CODE&id_token=…`, from the page that signed the player in. It does not stay
/// in the address, which is the invitation.
fn take_id_token(window: &Window) -> Option<String> {
    let hash = window.location().hash().ok()?;
    let mut parts = hash.strip_prefix('#')?.split('&');
    let token = parts.find_map(|part| part.strip_prefix("id_token="))?;
    show_code(code_in_address(window));
    Some(token.into())
}

/// A link to another match that is followed in this page only changes what stands behind the `#`.
fn watch_address(window: &Window) {
    let changed = Closure::<dyn Fn()>::new(|| {
        if let Some(code) = self::window().and_then(|window| code_in_address(&window)) {
            REPORT.with(|report| report.invitation.set(Some(code)));
        }
    });
    window.set_onhashchange(Some(changed.as_ref().unchecked_ref()));
    changed.forget();
}

/// A hidden page draws no frames, so that what it still has to do is done in the event.
fn watch_visibility(window: &Window) {
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

/// What to do at the moment when the page is hidden.
pub(crate) fn when_hidden(action: Option<Box<dyn Fn()>>) {
    WHEN_HIDDEN.set(action);
}

/// The match that the page's address was changed to, once.
pub(crate) fn invitation() -> Option<Code> {
    REPORT.with(|report| report.invitation.take())
}

/// `window.lastwill`: `stats()` and `buttons()` return plain objects, `open(file)` takes a file
/// that was picked or dropped.
fn publish_api(window: &Window) {
    let api = Object::new();
    let publish = |name: &str, read: fn(&Report) -> &RefCell<String>| {
        let function = Closure::<dyn Fn() -> JsValue>::new(move || {
            REPORT.with(|report| {
                report.asked.set(true);
                JSON::parse(&read(report).borrow()).unwrap_or(JsValue::NULL)
            })
        });
        // A plain object takes every property.
        let _ = Reflect::set(&api, &name.into(), function.as_ref());
        function.forget();
    };
    publish("stats", |report| &report.stats);
    publish("buttons", |report| &report.buttons);
    let open = Closure::<dyn Fn(Blob)>::new(take_file);
    let _ = Reflect::set(&api, &"open".into(), open.as_ref());
    open.forget();
    let _ = Reflect::set(window, &"lastwill".into(), &api);
}

/// 64 random bits.
pub(crate) fn entropy() -> u64 {
    let half = || (Math::random() * 4_294_967_296.0) as u64;
    half() << 32 | half()
}

fn storage() -> Option<Storage> {
    window()?.local_storage().ok()?
}

/// The callsign of the last time, if there is one.
pub(crate) fn remembered_callsign() -> Option<Callsign> {
    storage()?.get_item(CALLSIGN).ok()??.parse().ok()
}

/// Keeps the callsign for the next time. Failing costs the player nothing but a re-roll.
pub(crate) fn remember_callsign(callsign: Callsign) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(CALLSIGN, callsign.as_str());
    }
}

/// The identity's token of the last time, if there is one.
pub(crate) fn remembered_identity() -> Option<String> {
    storage()?.get_item(IDENTITY).ok()?
}

/// Keeps the identity's token for the next time. Failing costs the player nothing but being known.
pub(crate) fn remember_identity(token: Option<&str>) {
    if let Some(storage) = storage() {
        let _ = match token {
            Some(token) => storage.set_item(IDENTITY, token),
            None => storage.remove_item(IDENTITY),
        };
    }
}

fn tab_storage() -> Option<Storage> {
    window()?.session_storage().ok()?
}

/// Keeps the ticket for a page that is loaded again. Failing costs the player its seat then.
pub(crate) fn remember_ticket(ticket: Option<&Ticket>) {
    let Some(storage) = tab_storage() else {
        return;
    };
    let _ = match ticket.map(serde_json::to_string) {
        Some(Ok(text)) => storage.set_item(TICKET, &text),
        _ => storage.remove_item(TICKET),
    };
}

/// The ticket that this page had before it was loaded again.
pub(crate) fn remembered_ticket() -> Option<Ticket> {
    serde_json::from_str(&tab_storage()?.get_item(TICKET).ok()??).ok()
}

/// Shows the device's file dialog, now or when the finger that asks for it is lifted.
///
/// # Errors
/// In words, what to do if the page has none.
pub(crate) fn choose_file() -> Result<(), &'static str> {
    let shown = window()
        .and_then(|window| Reflect::get(&window, &"chooseFile".into()).ok())
        .and_then(|choose| choose.dyn_into::<Function>().ok())
        .is_some_and(|choose| choose.call0(&JsValue::NULL).is_ok());
    match shown {
        true => Ok(()),
        false => Err("This page cannot open files: reload it, or drop the recording onto it."),
    }
}

fn take_file(file: Blob) {
    if file.size() > MAX_FILE as f64 {
        OPENED.set(Some(Err(TOO_LARGE.into())));
        return;
    }
    spawn_local(async move {
        let opened = match JsFuture::from(file.array_buffer()).await {
            Ok(buffer) => Ok(Uint8Array::new(&buffer).to_vec()),
            Err(_) => Err("That file cannot be read: check that it is still there.".into()),
        };
        OPENED.set(Some(opened));
    });
}

/// Fetches a file by its path on the page's server; [`opened_file`] yields it.
pub(crate) fn open_file(path: &Path) {
    let path = path.to_string_lossy().into_owned();
    let origin = window().and_then(|window| window.location().origin().ok());
    let Some(origin) = origin.filter(|_| path.starts_with('/')) else {
        let advice =
            "Correct the page's address: replay is a path on this server, such as /duel.match.";
        OPENED.set(Some(Err(advice.into())));
        return;
    };
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
        OPENED.set(Some(opened));
    });
}

/// The file that was opened, once it is there, once.
pub(crate) fn opened_file() -> Option<Opened> {
    OPENED.take()
}

/// Whether thumbs are the likely controls.
pub(crate) fn prefers_touch() -> bool {
    window()
        .and_then(|window| window.match_media("(pointer: coarse)").ok()?)
        .is_some_and(|query| query.matches())
}

/// Shows the match's code in the page's address, so that the address is the invitation.
pub(crate) fn show_code(code: Option<Code>) {
    let Some(window) = window() else { return };
    let location = window.location();
    let address = match code {
        Some(code) => format!("#{code}"),
        None => location.pathname().unwrap_or_default() + &location.search().unwrap_or_default(),
    };
    if let Ok(history) = window.history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}

/// Shows a panic to the player instead of a frozen picture, and logs it.
pub(crate) fn install_panic_screen() {
    panic::set_hook(Box::new(|info| {
        let text = info.to_string();
        web_sys::console::error_1(&text.as_str().into());
        if let Some(window) = window() {
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

/// Whether a report is due: in each frame while somebody looks, else each second.
pub(crate) fn report_wanted(startup: &Startup, last: &mut Option<Instant>) -> bool {
    thread_local! {
        static INTERESTED: Cell<Option<Instant>> = const { Cell::new(None) };
    }
    let now = Instant::now();
    if REPORT.with(|report| report.asked.take()) {
        INTERESTED.set(Some(now));
    }
    let interested = INTERESTED
        .get()
        .is_some_and(|asked| (now - asked).as_secs_f32() < INTEREST_SECONDS);
    let due = startup.stats && (interested || last.is_none_or(|last| (now - last).as_secs() >= 1));
    if due {
        *last = Some(now);
    }
    due
}

/// Makes the report what `window.lastwill` returns.
pub(crate) fn publish_report(stats: &str, buttons: &str) {
    REPORT.with(|report| {
        stats.clone_into(&mut report.stats.borrow_mut());
        buttons.clone_into(&mut report.buttons.borrow_mut());
    });
}
