//! The way into a match: calls to the lobby, and the live list of open matches.
//!
//! It ends where play begins: with a ticket.

pub(crate) mod errand;
pub(crate) mod open_matches;

use bevy::prelude::*;
use shared::lobby::Client;

use crate::platform::Startup;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Lobby>()
        .add_plugins((errand::plugin, open_matches::plugin));
}

/// The relay's lobby.
#[derive(Resource)]
pub(crate) struct Lobby {
    pub(crate) client: Client,
    /// Whether the relay knows who asks.
    identified: bool,
}

impl FromWorld for Lobby {
    fn from_world(world: &mut World) -> Self {
        Self {
            client: Client::new(&world.resource::<Startup>().relay),
            identified: false,
        }
    }
}
