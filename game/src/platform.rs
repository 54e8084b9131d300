//! All that differs between a desktop and a browser: how the game is started, what it remembers,
//! where it reports to.
//!
//! Both sides export the same functions; nothing else in the game asks which one it runs on.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod web;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::{
    choose_file, entropy, install_panic_screen, invitation, open_file, opened_file, prefers_touch,
    publish_report, remember_callsign, remember_identity, remember_ticket, remembered_callsign,
    remembered_identity, remembered_ticket, report_wanted, show_code, startup, when_hidden,
};
#[cfg(target_arch = "wasm32")]
pub(crate) use web::{
    choose_file, entropy, install_panic_screen, invitation, open_file, opened_file, prefers_touch,
    publish_report, remember_callsign, remember_identity, remember_ticket, remembered_callsign,
    remembered_identity, remembered_ticket, report_wanted, show_code, startup, when_hidden,
};

use std::path::PathBuf;

use bevy::prelude::Resource;
use shared::protocol::{Callsign, Code};
use shared::session::HostOptions;
use shared::transport::Conditions;

/// What the player asked for when starting the game.
#[derive(Resource, Clone, Debug, PartialEq)]
pub(crate) struct Startup {
    /// The relay's base URL, without a slash at its end.
    pub(crate) relay: String,
    /// What to do at once.
    pub(crate) errand: Errand,
    /// Overrides the remembered callsign.
    pub(crate) callsign: Option<Callsign>,
    /// An ID token of the relay's issuer, which proves an account.
    pub(crate) id_token: Option<String>,
    /// Print a report each second.
    pub(crate) stats: bool,
    /// The network that a match is played over, on top of the real one.
    pub(crate) conditions: Conditions,
    /// How a match is run that this client hosts.
    pub(crate) hosting: HostOptions,
}

/// What to do at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Errand {
    /// Show the title.
    Browse,
    /// Join this match.
    Join(Code),
    /// Host a match.
    Host,
    /// Play this recording back: a file, or in a browser a path on the page's server.
    Replay(PathBuf),
}

/// A file's bytes, or in words why it cannot be read and what to do.
pub(crate) type Opened = Result<Vec<u8>, String>;

/// The largest file that is opened, in bytes: hours of a full match.
const MAX_FILE: u64 = 64 << 20;

/// Why a file larger than [`MAX_FILE`] is not opened.
const TOO_LARGE: &str = "That file is too large: only 64 MB of a recording can be played. Record the match in shorter pieces.";
