//! A relay on free ports of this machine, and calls of its lobby.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use arrayvec::ArrayString;
use client::lobby::{Client, LobbyError, Reply};
use protocol::{Callsign, Claim, CreateMatch, JoinMatch, JoinRole, Ticket};
use relay::broker::{Broker, Embedded};
use relay::serve::{self, Listeners, Options, Server};
use relay::token::Signer;
use tempfile::TempDir;

/// A relay on free ports, with a data folder of its own.
pub struct TestRelay {
    /// The running server.
    pub server: Server,
    data: TempDir,
}

impl TestRelay {
    /// A relay with the embedded broker and without rate limits.
    pub async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    /// The same, with options that `adjust` has changed.
    pub async fn start_with(adjust: impl FnOnce(&mut Options)) -> Self {
        let (data, options) = options(adjust);
        let listeners = Listeners::bind(any_port(), any_port()).await.unwrap();
        Self {
            server: Server::start(listeners, options).await.unwrap(),
            data,
        }
    }

    /// A relay whose matches run on this broker.
    pub async fn start_on(broker: Arc<dyn Broker>, adjust: impl FnOnce(&mut Options)) -> Self {
        let (data, options) = options(adjust);
        let http = serve::bind_http(any_port()).await.unwrap();
        Self {
            server: Server::start_on(broker, http, options).await.unwrap(),
            data,
        }
    }

    /// A signer with the relay's own key.
    pub fn signer(&self) -> Signer {
        Signer::open(self.data.path()).unwrap()
    }

    /// Where the embedded broker accepts MQTT over TCP.
    pub fn mqtt_address(&self) -> SocketAddr {
        self.server.mqtt_address().unwrap()
    }

    /// The embedded broker.
    pub fn broker(&self) -> &Embedded {
        self.server.embedded().unwrap()
    }

    /// A client of its lobby.
    pub fn client(&self) -> Client {
        Client::new(&self.server.url())
    }

    /// Opens a match whose host does not play.
    pub async fn host(&self) -> Ticket {
        answer(create(&self.client(), None)).await.unwrap()
    }

    /// Opens a match whose host plays.
    pub async fn playing_host(&self) -> Ticket {
        let callsign = Some("Eve".parse().unwrap());
        answer(create(&self.client(), callsign)).await.unwrap()
    }

    /// Joins the host's match.
    pub async fn join(&self, host: &Ticket, role: JoinRole) -> Ticket {
        answer(join(&self.client(), host, role)).await.unwrap()
    }

    /// Joins the host's match as a player.
    pub async fn player(&self, host: &Ticket) -> Ticket {
        self.join(host, JoinRole::Player).await
    }

    /// Joins the host's match as a spectator.
    pub async fn spectator(&self, host: &Ticket) -> Ticket {
        self.join(host, JoinRole::Spectator).await
    }

    /// Ends the host's match.
    pub async fn end(&self, host: &Ticket) {
        answer(self.client().end(host)).await.unwrap();
    }

    /// Renews a ticket.
    pub async fn renew(&self, ticket: &Ticket) -> Ticket {
        answer(self.client().renew(ticket, headless::rules()))
            .await
            .unwrap()
    }

    /// Claims the host's place.
    pub async fn claim(&self, ticket: &Ticket, claim: Claim) -> Result<Ticket, LobbyError> {
        answer(self.client().claim(ticket, &claim)).await
    }

    /// Shuts the server down.
    pub async fn stop(self) {
        self.server.shut_down().await;
    }
}

/// A free port of this machine.
pub fn any_port() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

fn options(adjust: impl FnOnce(&mut Options)) -> (TempDir, Options) {
    let data = tempfile::tempdir().unwrap();
    let mut options = Options::new(data.path(), data.path().join("web"));
    options.messages_per_second = 0;
    options.limited = false;
    adjust(&mut options);
    (data, options)
}

/// Opens a public match of 8 seats; its host plays if it has a callsign.
pub fn create(client: &Client, callsign: Option<Callsign>) -> Reply<Ticket> {
    client.create(&CreateMatch {
        rules: headless::rules(),
        name: ArrayString::from("Test").unwrap(),
        callsign,
        max_players: 8,
        public: true,
    })
}

/// Joins the host's match.
pub fn join(client: &Client, host: &Ticket, role: JoinRole) -> Reply<Ticket> {
    let request = JoinMatch {
        rules: headless::rules(),
        callsign: "Ada".parse().unwrap(),
        role,
    };
    client.join(host.code, &request)
}

/// Waits for the answer of a call.
pub async fn answer<T: Send + 'static>(reply: Reply<T>) -> Result<T, LobbyError> {
    tokio::task::spawn_blocking(|| reply.wait()).await.unwrap()
}
