//! The relay as the game calls it: its lobby API, and links to its broker.
//!
//! It is a resource, so that tests can replace it. Non-goals: keeping tickets, repeating calls.

mod api;
mod http;
mod link;

use std::sync::Arc;

use arena::Arena;
use bevy::prelude::*;
use protocol::Rules;

use self::http::HttpRelay;
use crate::startup::StartupOptions;

pub use self::api::RelayApi;
pub use self::link::AnyLink;

/// The relay that this game uses.
#[derive(Resource, Clone, Deref)]
pub struct Relay(Arc<dyn RelayApi>);

impl Relay {
    /// A relay behind this API.
    pub fn new(api: impl RelayApi + 'static) -> Self {
        Self(Arc::new(api))
    }
}

impl FromWorld for Relay {
    fn from_world(world: &mut World) -> Self {
        Self::new(HttpRelay::new(&world.resource::<StartupOptions>().relay))
    }
}

/// The rules of Last Will in this version of the program.
#[must_use]
pub fn rules() -> Rules {
    Rules::of::<Arena>(arena::GAME)
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Relay>();
}
