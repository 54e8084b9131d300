//! A relay that is called over HTTP, and its broker over a socket.

use client::lobby::{Client, Reply};
use link::{Connect, Socket, TransportError};
use protocol::{
    Claim, Code, CreateMatch, Heartbeat, Identity, JoinMatch, LobbyTicket, OpenMatch, Rules, Ticket,
};

use super::api::RelayApi;
use super::link::AnyLink;

/// The relay at a base URL.
pub(super) struct HttpRelay(Client);

impl HttpRelay {
    pub(super) fn new(base_url: &str) -> Self {
        Self(Client::new(base_url))
    }

    fn client_of(&self, identity: &Identity) -> Client {
        self.0.clone().with_identity(identity)
    }
}

impl RelayApi for HttpRelay {
    fn identify(&self, token: Option<&str>) -> Reply<Identity> {
        self.0.identify(token)
    }

    fn visit(&self) -> Reply<LobbyTicket> {
        self.0.visit()
    }

    fn matches(&self) -> Reply<Vec<OpenMatch>> {
        self.0.matches()
    }

    fn create(&self, identity: &Identity, request: &CreateMatch) -> Reply<Ticket> {
        self.client_of(identity).create(request)
    }

    fn join(&self, identity: &Identity, code: Code, request: &JoinMatch) -> Reply<Ticket> {
        self.client_of(identity).join(code, request)
    }

    fn renew(&self, ticket: &Ticket, rules: Rules) -> Reply<Ticket> {
        self.0.renew(ticket, rules)
    }

    fn claim(&self, ticket: &Ticket, claim: &Claim) -> Reply<Ticket> {
        self.0.claim(ticket, claim)
    }

    fn heartbeat(&self, ticket: &Ticket, heartbeat: &Heartbeat) -> Reply<()> {
        self.0.heartbeat(ticket, heartbeat)
    }

    fn end(&self, ticket: &Ticket) -> Reply<()> {
        self.0.end(ticket)
    }

    fn connect(&self, connect: Connect) -> Result<AnyLink, TransportError> {
        Socket::open(connect).map(AnyLink::new)
    }
}
