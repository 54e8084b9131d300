//! The way into a match: calls to the relay for a ticket, and the live list of open matches.
//!
//! Non-goals: what is done with a ticket, which is `play`'s part.

mod error_text;
mod open_matches;
mod ticket_request;

use bevy::prelude::*;

pub use open_matches::OpenMatchList;

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins((ticket_request::plugin, open_matches::plugin));
}
