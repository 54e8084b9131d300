use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use arrayvec::ArrayString;
use client::lobby::{Client, LobbyError, Reply};
use protocol::{Callsign, Claim, CreateMatch, JoinMatch, JoinRole, Ticket};
use relay::broker::Embedded;
use relay::serve::{Listeners, Options, Server};
use relay::token::Signer;
use tempfile::TempDir;

use crate::mqtt::{self, Answer, Login, Over, Version};

/// Nothing here takes long: it is only there so that a broken test ends.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A relay on ports of its own.
pub(crate) struct Rig {
    pub(crate) server: Server,
    data: TempDir,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    pub(crate) async fn start_with(adjust: impl FnOnce(&mut Options)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut options = Options::new(data.path(), data.path().join("web"));
        options.messages_per_second = 0;
        options.limited = false;
        adjust(&mut options);
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listeners = Listeners::bind(any, any).await.unwrap();
        Self {
            server: Server::start(listeners, options).await.unwrap(),
            data,
        }
    }

    /// Signs as the relay does.
    pub(crate) fn signer(&self) -> Signer {
        Signer::open(self.data.path()).unwrap()
    }

    pub(crate) fn mqtt_address(&self) -> SocketAddr {
        self.server.mqtt_address().unwrap()
    }

    pub(crate) fn broker(&self) -> &Embedded {
        self.server.embedded().unwrap()
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.server.url())
    }

    /// A match whose host does not fly.
    pub(crate) async fn host(&self) -> Ticket {
        self.create(None).await
    }

    /// A match whose host flies.
    pub(crate) async fn flying_host(&self) -> Ticket {
        self.create(Some("Eve".parse().unwrap())).await
    }

    async fn create(&self, callsign: Option<Callsign>) -> Ticket {
        let request = CreateMatch {
            rules: headless::rules(),
            name: ArrayString::from("Test").unwrap(),
            callsign,
            max_players: 8,
            public: true,
        };
        answer(self.client().create(&request)).await.unwrap()
    }

    pub(crate) async fn join(&self, host: &Ticket, role: JoinRole) -> Ticket {
        let request = JoinMatch {
            rules: headless::rules(),
            callsign: "Ada".parse().unwrap(),
            role,
        };
        answer(self.client().join(host.code, &request))
            .await
            .unwrap()
    }

    pub(crate) async fn player(&self, host: &Ticket) -> Ticket {
        self.join(host, JoinRole::Player).await
    }

    pub(crate) async fn spectator(&self, host: &Ticket) -> Ticket {
        self.join(host, JoinRole::Spectator).await
    }

    pub(crate) async fn end(&self, host: &Ticket) {
        answer(self.client().end(host)).await.unwrap();
    }

    pub(crate) async fn renew(&self, ticket: &Ticket) -> Ticket {
        answer(self.client().renew(ticket, headless::rules()))
            .await
            .unwrap()
    }

    pub(crate) async fn claim(&self, ticket: &Ticket, claim: Claim) -> Result<Ticket, LobbyError> {
        answer(self.client().claim(ticket, &claim)).await
    }
}

impl mqtt::Client {
    /// Connects to a relay's broker; the error is CONNACK's code.
    pub(crate) async fn connect(
        rig: &Rig,
        (version, over): (Version, Over),
        login: &Login,
    ) -> Result<Self, Answer> {
        match over {
            Over::Tcp => Self::over_tcp(rig.mqtt_address(), version, login).await,
            Over::WebSocket => {
                Self::over_web_socket(rig.server.http_address(), version, login).await
            }
        }
    }
}

/// Waits for the relay's answer.
pub(crate) async fn answer<T: Send + 'static>(reply: Reply<T>) -> Result<T, LobbyError> {
    tokio::task::spawn_blocking(|| reply.wait()).await.unwrap()
}

/// Waits until `condition` holds.
pub(crate) async fn eventually(what: &str, condition: impl Fn() -> bool) {
    let holds = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, holds)
        .await
        .unwrap_or_else(|_| panic!("waited in vain until {what}"));
}
