//! Files: the settings, and recordings that are opened.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::{env, io};

use crate::platform::events::{Opened, PlatformEvent};
use crate::platform::file_limit::{MAX_FILE, TOO_LARGE};
use crate::platform::store::{Key, SettingsStore};

/// Settings as files in a folder, or nowhere if there is no such folder.
pub(crate) struct Store(Option<PathBuf>);

impl Store {
    /// Settings in the user's folder of configurations.
    pub(crate) fn of_user() -> Self {
        let configurations = env::var_os("XDG_CONFIG_HOME")
            .or_else(|| env::var_os("APPDATA"))
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".config")));
        Self(configurations.map(|folder| folder.join("lastwill")))
    }

    fn file(&self, key: Key) -> Option<PathBuf> {
        let name = match key {
            Key::Callsign => "callsign",
            Key::Identity => "identity",
            // A window is not loaded again: no ticket outlives it.
            Key::Ticket => return None,
        };
        Some(self.0.as_ref()?.join(name))
    }
}

impl SettingsStore for Store {
    fn read(&self, key: Key) -> Option<String> {
        fs::read_to_string(self.file(key)?).ok()
    }

    fn write(&self, key: Key, text: Option<&str>) {
        let Some(file) = self.file(key) else {
            return;
        };
        let _ = file.parent().map(fs::create_dir_all);
        let _ = match text {
            Some(text) => write_private(&file, text),
            None => fs::remove_file(file),
        };
    }
}

/// Only the user may read it.
fn write_private(file: &Path, text: &str) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(text.as_bytes())
}

/// Asks the player for a file.
///
/// # Errors
/// A desktop has other ways: in words, which.
pub(crate) fn choose_file() -> Result<(), &'static str> {
    Err(
        "Drop a recording onto this window, or start the game with --replay FILE. `relay record` makes one.",
    )
}

/// Reads a file and sends its bytes, or why it cannot be read.
pub(crate) fn open_file(path: &Path, events: &Sender<PlatformEvent>) {
    let opened = read(path).unwrap_or_else(|error| {
        Err(format!(
            "Cannot read {}: {error}. Check the path, or drop the file onto this window.",
            path.display()
        ))
    });
    // Without a receiver the game is over.
    let _ = events.send(PlatformEvent::FileOpened(opened));
}

fn read(path: &Path) -> io::Result<Opened> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_FILE + 1)
        .read_to_end(&mut bytes)?;
    Ok(match bytes.len() as u64 {
        0..=MAX_FILE => Ok(bytes),
        _ => Err(TOO_LARGE.into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_in_files() {
        let folder = tempfile::tempdir().unwrap();
        let store = || Store(Some(folder.path().join("lastwill")));
        assert_eq!(store().read(Key::Callsign), None);

        store().write(Key::Callsign, Some("Ada"));
        store().write(Key::Identity, Some("token"));
        store().write(Key::Ticket, Some("{}"));
        assert_eq!(store().read(Key::Callsign).as_deref(), Some("Ada"));
        assert_eq!(store().read(Key::Identity).as_deref(), Some("token"));
        assert_eq!(store().read(Key::Ticket), None);

        store().write(Key::Identity, None);
        assert_eq!(store().read(Key::Identity), None);
    }
}
