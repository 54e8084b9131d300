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
    entropy, install_panic_screen, invitation, prefers_touch, publish_report, remember_callsign,
    remember_ticket, remembered_callsign, remembered_ticket, report_wanted, show_code, startup,
    when_hidden,
};
#[cfg(target_arch = "wasm32")]
pub(crate) use web::{
    entropy, install_panic_screen, invitation, prefers_touch, publish_report, remember_callsign,
    remember_ticket, remembered_callsign, remembered_ticket, report_wanted, show_code, startup,
    when_hidden,
};

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
    /// Print a report each second.
    pub(crate) stats: bool,
    /// The network that a match is played over, on top of the real one.
    pub(crate) conditions: Conditions,
    /// How a match is run that this client hosts.
    pub(crate) hosting: HostOptions,
}

/// What to do at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Errand {
    /// Show the title.
    Browse,
    /// Join this match.
    Join(Code),
    /// Host a match.
    Host,
}
