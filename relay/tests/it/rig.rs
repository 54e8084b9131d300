use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use arrayvec::ArrayString;
use relay::serve::{Listeners, Options, Server};
use relay::token::Signer;
use shared::lobby::Client;
use shared::protocol::{CreateMatch, JoinMatch, JoinRole, Ticket};
use tempfile::TempDir;

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
        adjust(&mut options);
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listeners = Listeners::bind(any, any).await.unwrap();
        Self {
            server: Server::start(listeners, options).unwrap(),
            data,
        }
    }

    /// Signs as the relay does.
    pub(crate) fn signer(&self) -> Signer {
        Signer::open(self.data.path()).unwrap()
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.server.url())
    }

    /// A match whose host does not fly.
    pub(crate) async fn host(&self) -> Ticket {
        let request = CreateMatch {
            name: ArrayString::from("Test").unwrap(),
            callsign: None,
            max_players: 8,
            public: true,
        };
        let reply = self.client().create(&request);
        tokio::task::spawn_blocking(|| reply.wait())
            .await
            .unwrap()
            .unwrap()
    }

    pub(crate) async fn join(&self, host: &Ticket, role: JoinRole) -> Ticket {
        let request = JoinMatch {
            callsign: "Ada".parse().unwrap(),
            role,
        };
        let reply = self.client().join(host.code, &request);
        tokio::task::spawn_blocking(|| reply.wait())
            .await
            .unwrap()
            .unwrap()
    }

    pub(crate) async fn player(&self, host: &Ticket) -> Ticket {
        self.join(host, JoinRole::Player).await
    }

    pub(crate) async fn spectator(&self, host: &Ticket) -> Ticket {
        self.join(host, JoinRole::Spectator).await
    }

    pub(crate) async fn end(&self, host: &Ticket) {
        let reply = self.client().end(host);
        tokio::task::spawn_blocking(|| reply.wait())
            .await
            .unwrap()
            .unwrap();
    }
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
