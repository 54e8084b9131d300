//! What a participant of a match asks of the relay.

use client::lobby::Reply;
use client::participant::Backend;
use link::{Conditions, Impaired, TransportError};
use protocol::{Claim, Heartbeat, Rules, Ticket};

use crate::relay_api::{AnyLink, Relay};

/// The relay, with a network that is possibly worse than the real one.
#[derive(Clone)]
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
        let link = self.relay.connect(client::connect(ticket))?;
        Ok(Impaired::new(link, self.conditions, self.seed))
    }

    fn renew(&mut self, ticket: &Ticket, rules: Rules) -> Reply<Ticket> {
        self.relay.renew(ticket, rules)
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
