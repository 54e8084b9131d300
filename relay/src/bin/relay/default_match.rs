//! The default match of `relay serve`: Last Will with bots, hosted in the relay's own process.

use std::error::Error;
use std::future::Future;
use std::sync::atomic::AtomicBool;

use client::lobby::Reply;
use client::participant::Backend;
use headless::host;
use link::{Conditions, Impaired, Socket, TransportError};
use netcode::HostOptions;
use protocol::{Claim, Heartbeat, Rules, Ticket};
use relay::default_match::{Answer, DefaultHost, LocalLobby};

/// Its name in the list of open matches.
const NAME: &str = "House";

/// Hosts a match of Last Will.
#[derive(Debug)]
pub(crate) struct LastWill {
    /// The number of pilots up to which bots fill free seats.
    pub(crate) bots: u8,
}

impl DefaultHost for LastWill {
    fn host(
        &self,
        lobby: &LocalLobby,
        stop: &AtomicBool,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let ticket = lobby
            .runtime()
            .block_on(lobby.create(host::request(NAME)?))?;
        tracing::info!("the default match is open: {}", ticket.code);
        let backend = InProcess(lobby.clone());
        host::host(ticket, backend, self.bots, HostOptions::default(), stop)?;
        Ok(())
    }
}

/// The lobby without HTTP, and the broker over a socket.
struct InProcess(LocalLobby);

impl InProcess {
    fn spawn<T: Send + 'static>(
        &self,
        call: impl Future<Output = Answer<T>> + Send + 'static,
    ) -> Reply<T> {
        let (reply, answer) = Reply::pending();
        self.0
            .runtime()
            .spawn(async move { answer.fill(call.await.map_err(Into::into)) });
        reply
    }
}

impl Backend for InProcess {
    type Link = Impaired<Socket>;

    fn open(&mut self, ticket: &Ticket) -> Result<Self::Link, TransportError> {
        let socket = Socket::open(client::connect(ticket))?;
        Ok(Impaired::new(socket, Conditions::PERFECT, 0))
    }

    fn renew(&mut self, ticket: &Ticket, rules: Rules) -> Reply<Ticket> {
        self.spawn(self.0.renew(ticket, rules))
    }

    fn claim(&mut self, ticket: &Ticket, claim: &Claim) -> Reply<Ticket> {
        self.spawn(self.0.claim(ticket, *claim))
    }

    fn heartbeat(&mut self, ticket: &Ticket, heartbeat: &Heartbeat) -> Reply<()> {
        self.spawn(self.0.heartbeat(ticket, heartbeat.clone()))
    }

    fn end(&mut self, ticket: &Ticket) -> Reply<()> {
        self.spawn(self.0.end(ticket))
    }
}
