//! Where settings are kept from one start of the game to the next.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// The player's callsign.
    Callsign,
    /// The token of the player's identity: a secret.
    Identity,
    /// The ticket of the match that is played, as JSON; only for as long as a browser's tab lives,
    /// because two tabs must not be one player. Desktops do not keep it.
    Ticket,
}

/// Keeps a text for each [`Key`].
///
/// Writing is best effort: a failure costs the player only what would have been read later.
pub trait SettingsStore: Send + Sync {
    /// The text that was written last, if there is one and it can be read.
    fn read(&self, key: Key) -> Option<String>;
    /// Keeps a text, or removes it.
    fn write(&self, key: Key, text: Option<&str>);
}

/// A store in memory, for tests; clones share their contents.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore(Arc<Mutex<HashMap<Key, String>>>);

impl MemoryStore {
    fn texts(&self) -> MutexGuard<'_, HashMap<Key, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SettingsStore for MemoryStore {
    fn read(&self, key: Key) -> Option<String> {
        self.texts().get(&key).cloned()
    }

    fn write(&self, key: Key, text: Option<&str>) {
        match text {
            Some(text) => drop(self.texts().insert(key, text.to_owned())),
            None => drop(self.texts().remove(&key)),
        }
    }
}
