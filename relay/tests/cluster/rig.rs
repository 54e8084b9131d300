use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use client::lobby::{Client, LobbyError, Reply};
use protocol::{Claim, CreateMatch, JoinMatch, JoinRole, Ticket};
use relay::broker::External;
use relay::serve::{self, Options, Server};
use relay::token::Signer;
use tempfile::TempDir;

use crate::cluster::{Cluster, Setup};

/// Nothing here takes long: it is only there so that a broken test ends.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A relay whose matches run on a cluster.
pub(crate) struct Rig {
    pub(crate) cluster: Cluster,
    server: Server,
    data: TempDir,
}

impl Rig {
    pub(crate) async fn start(setup: Setup) -> Self {
        let mut cluster = Cluster::planned(setup);
        cluster.start();
        Self::start_on(cluster).await
    }

    /// The cluster need not run yet.
    pub(crate) async fn start_on(cluster: Cluster) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut options = Options::new(data.path(), data.path().join("web"));
        options.limited = false;
        options.token_key = Some(cluster.relay_key());
        let signer = Arc::new(Signer::read(&cluster.relay_key()).unwrap());
        let broker = External::open(cluster.nodes(), signer).unwrap();
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let http = serve::bind_http(any).await.unwrap();
        Self {
            server: Server::start_on(Arc::new(broker), http, options)
                .await
                .unwrap(),
            cluster,
            data,
        }
    }

    pub(crate) async fn stop(self) {
        self.server.shut_down().await;
        drop((self.cluster, self.data));
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.url())
    }

    /// Signs as the relay does.
    pub(crate) fn signer(&self) -> Signer {
        Signer::read(&self.cluster.relay_key()).unwrap()
    }

    /// A match whose host does not fly.
    pub(crate) async fn create(&self) -> Ticket {
        let wish = CreateMatch {
            rules: headless::rules(),
            name: "Test".try_into().unwrap(),
            callsign: None,
            max_players: 8,
            public: true,
        };
        answer(self.client().create(&wish)).await.unwrap()
    }

    pub(crate) async fn join(&self, host: &Ticket, role: JoinRole) -> Ticket {
        let wish = JoinMatch {
            rules: headless::rules(),
            callsign: "Ada".parse().unwrap(),
            role,
        };
        answer(self.client().join(host.code, &wish)).await.unwrap()
    }

    pub(crate) async fn renew(&self, ticket: &Ticket) -> Ticket {
        answer(self.client().renew(ticket, headless::rules()))
            .await
            .unwrap()
    }

    pub(crate) async fn end(&self, host: &Ticket) {
        answer(self.client().end(host)).await.unwrap();
    }

    pub(crate) async fn claim(&self, ticket: &Ticket, claim: Claim) -> Ticket {
        answer(self.client().claim(ticket, &claim)).await.unwrap()
    }
}

/// Waits for the relay's answer.
pub(crate) async fn answer<T: Send + 'static>(reply: Reply<T>) -> Result<T, LobbyError> {
    tokio::task::spawn_blocking(|| reply.wait()).await.unwrap()
}

/// Runs what blocks, and ends the rig.
pub(crate) async fn with_rig(setup: Setup, test: impl FnOnce(&mut Rig) + Send + 'static) {
    let mut rig = Rig::start(setup).await;
    let rig = tokio::task::spawn_blocking(move || {
        test(&mut rig);
        rig
    })
    .await
    .unwrap();
    rig.stop().await;
}
