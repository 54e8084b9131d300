//! Settings that outlive the program.

use bevy::prelude::Resource;
use protocol::{Callsign, Ticket};

use crate::platform::{Key, SettingsStore};

/// What is kept from one start of the game to the next; see [`Key`].
#[derive(Resource)]
pub struct Settings(Box<dyn SettingsStore>);

impl Settings {
    /// Settings in this store.
    pub fn new(store: impl SettingsStore + 'static) -> Self {
        Self(Box::new(store))
    }

    /// The callsign that was used last.
    #[must_use]
    pub fn callsign(&self) -> Option<Callsign> {
        self.0.read(Key::Callsign)?.parse().ok()
    }

    /// Keeps the callsign.
    pub fn set_callsign(&self, callsign: Callsign) {
        self.0.write(Key::Callsign, Some(callsign.as_str()));
    }

    /// The token of the player's identity.
    #[must_use]
    pub fn identity(&self) -> Option<String> {
        self.0.read(Key::Identity)
    }

    /// Keeps the token of the player's identity, or forgets it.
    pub fn set_identity(&self, token: Option<&str>) {
        self.0.write(Key::Identity, token);
    }

    /// The ticket that this page had before it was loaded again.
    #[must_use]
    pub fn ticket(&self) -> Option<Ticket> {
        serde_json::from_str(&self.0.read(Key::Ticket)?).ok()
    }

    /// Keeps the ticket for a page that is loaded again, or forgets it.
    pub fn set_ticket(&self, ticket: Option<&Ticket>) {
        let text = ticket.and_then(|ticket| serde_json::to_string(ticket).ok());
        self.0.write(Key::Ticket, text.as_deref());
    }
}
