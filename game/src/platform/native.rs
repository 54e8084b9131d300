//! The desktop: command line, files that keep settings, reports on standard output.

mod arguments;
mod files;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Write};
use std::sync::mpsc::Sender;

use bevy::app::AppExit;
use protocol::Code;

use super::events::PlatformEvent;
use crate::startup::StartupOptions;

pub(crate) use self::files::{Store, choose_file, open_file};

/// Reads the command line.
///
/// # Errors
/// The code to exit with at once: help was asked for, or an argument is not valid.
pub fn startup() -> Result<StartupOptions, AppExit> {
    match arguments::parse(lexopt::Parser::from_env()) {
        Ok(Some(options)) => Ok(options),
        Ok(None) => {
            let _ = io::stdout().write_all(arguments::USAGE.as_bytes());
            Err(AppExit::Success)
        }
        Err(error) => {
            let _ = write!(io::stderr(), "error: {error}\n\n{}", arguments::USAGE);
            Err(AppExit::from_code(2))
        }
    }
}

/// Nothing happens outside of a desktop's window.
pub(super) fn watch(_events: &Sender<PlatformEvent>) {}

/// 64 random bits.
pub(super) fn entropy() -> u64 {
    // Each `RandomState` is keyed by the system's random numbers.
    RandomState::new().build_hasher().finish()
}

/// Frames are drawn while a desktop's window is hidden: there is nothing to do in advance.
pub(crate) fn when_hidden(_action: Option<Box<dyn Fn()>>) {}

/// Whether a touch screen is the likely input.
pub(crate) fn prefers_touch() -> bool {
    false
}

/// A desktop's window has no address to show the match's code in.
pub(crate) fn show_code(_code: Option<Code>) {}

/// A panic is readable in the terminal that the game was started from.
pub(crate) fn install_panic_screen() {}

/// Prints the report; a closed pipe is ignored.
pub(crate) fn publish_report(stats: &str, _buttons: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{stats}").and_then(|()| out.flush());
}
