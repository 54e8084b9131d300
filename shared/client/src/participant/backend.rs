//! The environment of a participant: calls of the lobby, and links.
//!
//! Non-goals: retries.

use link::{Conditions, Impaired, Link, Socket, TransportError};
use protocol::{Claim, Heartbeat, Rules, Ticket};

use crate::connect::connect;
use crate::lobby::{self, Reply};

/// Access to the relay and the broker.
pub trait Backend {
    /// The link that [`open`](Self::open) returns.
    type Link: Link;

    /// Opens a link with the parameters of `ticket` and the last will of its role.
    ///
    /// # Errors
    /// If no connection can be attempted.
    fn open(&mut self, ticket: &Ticket) -> Result<Self::Link, TransportError>;
    /// See [`lobby::Client::renew`].
    fn renew(&mut self, ticket: &Ticket, rules: Rules) -> Reply<Ticket>;
    /// See [`lobby::Client::claim`].
    fn claim(&mut self, ticket: &Ticket, claim: &Claim) -> Reply<Ticket>;
    /// See [`lobby::Client::heartbeat`].
    fn heartbeat(&mut self, ticket: &Ticket, heartbeat: &Heartbeat) -> Reply<()>;
    /// See [`lobby::Client::end`].
    fn end(&mut self, ticket: &Ticket) -> Reply<()>;
}

/// Access over HTTP and a socket.
#[derive(Clone, Debug)]
pub struct Online {
    /// The client of the relay.
    pub client: lobby::Client,
    /// The simulated network conditions of the links.
    pub conditions: Conditions,
    /// The seed of the simulated network.
    pub seed: u64,
}

impl Backend for Online {
    type Link = Impaired<Socket>;

    fn open(&mut self, ticket: &Ticket) -> Result<Self::Link, TransportError> {
        let socket = Socket::open(connect(ticket))?;
        Ok(Impaired::new(socket, self.conditions, self.seed))
    }

    fn renew(&mut self, ticket: &Ticket, rules: Rules) -> Reply<Ticket> {
        self.client.renew(ticket, rules)
    }

    fn claim(&mut self, ticket: &Ticket, claim: &Claim) -> Reply<Ticket> {
        self.client.claim(ticket, claim)
    }

    fn heartbeat(&mut self, ticket: &Ticket, heartbeat: &Heartbeat) -> Reply<()> {
        self.client.heartbeat(ticket, heartbeat)
    }

    fn end(&mut self, ticket: &Ticket) -> Reply<()> {
        self.client.end(ticket)
    }
}

/// A handover of a hosted match that can be sent at once, even after the participant has stopped
/// being polled: when a page is hidden or a program ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    ticket: Ticket,
    claim: Claim,
}

impl Handover {
    pub(super) const fn new(ticket: Ticket, claim: Claim) -> Self {
        Self { ticket, claim }
    }

    /// Sends the claim that names the successor. Its answer is the new role's ticket; the roster
    /// announces the new host too.
    pub fn send(&self, backend: &mut impl Backend) -> Reply<Ticket> {
        backend.claim(&self.ticket, &self.claim)
    }
}
