//! Settings in the page's storage; the ticket only for as long as the tab lives.

use web_sys::Storage;

use crate::platform::store::{Key, SettingsStore};

/// The page's storage.
pub(crate) struct Store;

impl Store {
    /// The storage of this browser's user.
    pub(crate) const fn of_user() -> Self {
        Self
    }
}

impl SettingsStore for Store {
    fn read(&self, key: Key) -> Option<String> {
        let (storage, name) = place(key)?;
        storage.get_item(name).ok()?
    }

    fn write(&self, key: Key, text: Option<&str>) {
        let Some((storage, name)) = place(key) else {
            return;
        };
        let _ = match text {
            Some(text) => storage.set_item(name, text),
            None => storage.remove_item(name),
        };
    }
}

/// The storage that a setting is kept in, and its name there.
fn place(key: Key) -> Option<(Storage, &'static str)> {
    let window = web_sys::window()?;
    let (storage, name) = match key {
        Key::Callsign => (window.local_storage(), "lastwill.callsign"),
        Key::Identity => (window.local_storage(), "lastwill.identity"),
        Key::Ticket => (window.session_storage(), "lastwill.ticket"),
    };
    Some((storage.ok()??, name))
}
