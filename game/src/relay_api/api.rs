//! The calls to a relay.

use client::lobby::Reply;
use link::{Connect, TransportError};
use protocol::{
    Claim, Code, CreateMatch, Heartbeat, Identity, JoinMatch, LobbyTicket, OpenMatch, Rules, Ticket,
};

use super::link::AnyLink;

/// What the game calls; see [`client::lobby::Client`] for what each call does.
pub trait RelayApi: Send + Sync {
    /// The identity that a token proves, or a new one.
    fn identify(&self, token: Option<&str>) -> Reply<Identity>;
    /// A ticket to watch the lobby.
    fn visit(&self) -> Reply<LobbyTicket>;
    /// The open public matches.
    fn matches(&self) -> Reply<Vec<OpenMatch>>;
    /// A new match; the ticket is its host's.
    fn create(&self, identity: &Identity, request: &CreateMatch) -> Reply<Ticket>;
    /// A part in the match that a code names.
    fn join(&self, identity: &Identity, code: Code, request: &JoinMatch) -> Reply<Ticket>;
    /// A fresh ticket for the current role of its holder.
    fn renew(&self, ticket: &Ticket, rules: Rules) -> Reply<Ticket>;
    /// Asks for another host.
    fn claim(&self, ticket: &Ticket, claim: &Claim) -> Reply<Ticket>;
    /// Reports that the host is alive.
    fn heartbeat(&self, ticket: &Ticket, heartbeat: &Heartbeat) -> Reply<()>;
    /// Ends the host's match.
    fn end(&self, ticket: &Ticket) -> Reply<()>;
    /// Opens a link to the broker.
    ///
    /// # Errors
    /// If not even an attempt is possible.
    fn connect(&self, connect: Connect) -> Result<AnyLink, TransportError>;
}
