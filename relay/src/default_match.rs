//! The default match: one that a relay always offers, hosted in its own process.
//!
//! The host is passed in by the program ([`DefaultHost`]) and calls the lobby without HTTP
//! ([`LocalLobby`]), so that this library depends on no game.

use std::error::Error;
use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use protocol::{Claim, CreateMatch, Heartbeat, Problem, Rules, Ticket};
use tokio::runtime::Handle;

use crate::api;
use crate::broker::Addresses;
use crate::lobby::{CallError, Lobby};
use crate::token::{Claims, MatchRole};

/// The pause before a default match that failed is opened again.
const PAUSE: Duration = Duration::from_secs(2);

/// Hosts matches of a game on a relay in the same process.
pub trait DefaultHost: Debug + Send + Sync {
    /// Opens a match and hosts it until `stop` is set. Blocks.
    ///
    /// # Errors
    /// If the match cannot be opened or continued; the relay then calls this again.
    fn host(
        &self,
        lobby: &LocalLobby,
        stop: &AtomicBool,
    ) -> Result<(), Box<dyn Error + Send + Sync>>;
}

/// The lobby of a relay in the same process.
///
/// Each call returns the problem that the lobby's HTTP API would answer with.
#[derive(Clone)]
pub struct LocalLobby {
    pub(crate) lobby: Lobby,
    /// Where clients on this machine reach the broker.
    pub(crate) addresses: Addresses,
    pub(crate) runtime: Handle,
}

impl LocalLobby {
    /// The runtime that executes the calls.
    #[must_use]
    pub const fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Opens a match; the ticket is its host's.
    pub fn create(
        &self,
        request: CreateMatch,
    ) -> impl Future<Output = Answer<Ticket>> + Send + use<> {
        self.call(move |lobby, at| async move { lobby.create(&request, None, &at).await })
    }

    /// A fresh ticket for the present role of a ticket's holder.
    pub fn renew(
        &self,
        ticket: &Ticket,
        rules: Rules,
    ) -> impl Future<Output = Answer<Ticket>> + Send + use<> {
        let (id, claims) = (ticket.match_id, claims(ticket));
        self.call(move |lobby, at| async move { lobby.renew(id, &claims, rules, &at).await })
    }

    /// Replaces the host; the ticket is for the caller's role afterwards.
    pub fn claim(
        &self,
        ticket: &Ticket,
        claim: Claim,
    ) -> impl Future<Output = Answer<Ticket>> + Send + use<> {
        let (id, claims) = (ticket.match_id, claims(ticket));
        self.call(move |lobby, at| async move { lobby.claim(id, &claims, &claim, &at).await })
    }

    /// Reports that the host is alive.
    pub fn heartbeat(
        &self,
        ticket: &Ticket,
        heartbeat: Heartbeat,
    ) -> impl Future<Output = Answer<()>> + Send + use<> {
        let (id, claims) = (ticket.match_id, claims(ticket));
        self.call(move |lobby, _| async move { lobby.heartbeat(id, &claims, &heartbeat).await })
    }

    /// Ends the host's match.
    pub fn end(&self, ticket: &Ticket) -> impl Future<Output = Answer<()>> + Send + use<> {
        let (id, claims) = (ticket.match_id, claims(ticket));
        self.call(move |lobby, _| async move { lobby.end(id, &claims).await })
    }

    fn call<T, F, C>(&self, call: C) -> impl Future<Output = Answer<T>> + Send + use<T, F, C>
    where
        F: Future<Output = Result<T, CallError>> + Send,
        C: FnOnce(Lobby, Addresses) -> F,
    {
        let outcome = call(self.lobby.clone(), self.addresses.clone());
        async move { outcome.await.map_err(api::problem) }
    }
}

/// The outcome of a call.
pub type Answer<T> = Result<T, Problem>;

/// The claims of a ticket's token.
fn claims(ticket: &Ticket) -> Claims {
    let role = MatchRole {
        match_id: ticket.match_id,
        role: ticket.role,
        epoch: ticket.epoch,
    };
    Claims::new(ticket.player, Some(role), ticket.expires_at)
}

/// A running default match.
pub(crate) struct DefaultMatch {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl DefaultMatch {
    /// Opens the default match, and opens it again whenever it fails.
    pub(crate) fn open(host: Arc<dyn DefaultHost>, lobby: LocalLobby) -> io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::Builder::new()
            .name("default match".into())
            .spawn(move || keep_open(&*host, &lobby, &stopped))?;
        Ok(Self { stop, thread })
    }

    /// Ends the match. Blocks until it is over.
    pub(crate) fn close(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.thread().unpark();
        // A panic has been reported by the thread itself.
        let _ = self.thread.join();
    }
}

fn keep_open(host: &dyn DefaultHost, lobby: &LocalLobby, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        if let Err(error) = host.host(lobby, stop) {
            tracing::warn!("the default match failed and opens again: {error}");
            thread::park_timeout(PAUSE);
        }
    }
}
