//! What a participant of a match asks of the relay.

use shared::lobby::Reply;
use shared::participant::Backend;
use shared::peer;
use shared::protocol::{Claim, Heartbeat, Ticket};
use shared::transport::{Conditions, Impaired, TransportError};

use crate::relay_api::{AnyLink, Relay};

/// The relay, with a network that is possibly worse than the real one.
pub(super) struct MatchBackend {
    pub(super) relay: Relay,
    /// The network that each link has on top of the real one.
    pub(super) conditions: Conditions,
    /// The same seed gives the same bad network.
    pub(super) seed: u64,
}

impl Backend for MatchBackend {
    type Link = Impaired<AnyLink>;

    fn open(&mut self, ticket: &Ticket) -> Result<Self::Link, TransportError> {
        let link = self.relay.connect(peer::connect(ticket))?;
        Ok(Impaired::new(link, self.conditions, self.seed))
    }

    fn renew(&mut self, ticket: &Ticket) -> Reply<Ticket> {
        self.relay.renew(ticket)
    }

    fn claim(&mut self, ticket: &Ticket, claim: &Claim) -> Reply<Ticket> {
        self.relay.claim(ticket, claim)
    }

    fn heartbeat(&mut self, ticket: &Ticket, heartbeat: &Heartbeat) -> Reply<()> {
        self.relay.heartbeat(ticket, heartbeat)
    }

    fn end(&mut self, ticket: &Ticket) -> Reply<()> {
        self.relay.end(ticket)
    }
}
