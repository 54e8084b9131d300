use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use arrayvec::ArrayString;
use client::lobby::{Client, LobbyError, Reply};
use protocol::{CreateMatch, JoinMatch, JoinRole, Ticket};
use relay::broker::aws::IotCore;
use relay::serve::{self, Options, Server};
use tempfile::TempDir;

use crate::double::Double;
use crate::pilots::{Pilot, host, join, play, plays};

pub(crate) use crate::double::PATIENCE;

/// A relay whose matches run on a double of AWS.
pub(crate) struct Rig {
    pub(crate) server: Server,
    pub(crate) double: Double,
    _data: TempDir,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        let double = tokio::task::spawn_blocking(Double::start).await.unwrap();
        let config = double.config().await;
        let iot = IotCore::connect(&config, double.role(), None)
            .await
            .unwrap();
        let data = tempfile::tempdir().unwrap();
        let mut options = Options::new(data.path(), data.path().join("web"));
        options.limited = false;
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let http = serve::bind_http(any).await.unwrap();
        Self {
            server: Server::start_on(Arc::new(iot), http, options)
                .await
                .unwrap(),
            double,
            _data: data,
        }
    }

    pub(crate) async fn stop(self) {
        self.server.shut_down().await;
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.server.url())
    }

    /// A match whose host flies.
    pub(crate) fn create(&self) -> Ticket {
        let wish = CreateMatch {
            rules: headless::rules(),
            name: ArrayString::from("Test").unwrap(),
            callsign: Some("Eve".parse().unwrap()),
            max_players: 8,
            public: true,
        };
        self.client().create(&wish).wait().unwrap()
    }

    pub(crate) fn join(&self, host: &Ticket, role: JoinRole) -> Ticket {
        let wish = JoinMatch {
            rules: headless::rules(),
            callsign: "Ada".parse().unwrap(),
            role,
        };
        self.client().join(host.code, &wish).wait().unwrap()
    }

    /// A match's host and `guests` players.
    pub(crate) fn pilots(&self, guests: u64) -> Vec<Pilot> {
        pilots(&self.client(), guests)
    }
}

/// A match's host and `guests` players.
pub(crate) fn pilots(client: &Client, guests: u64) -> Vec<Pilot> {
    let mut pilots = vec![host(client, 8)];
    let code = pilots[0].ticket().code;
    pilots.extend((1..=guests).map(|seed| join(client, code, seed)));
    pilots
}

/// Runs what blocks, and gives the rig back.
pub(crate) async fn with_rig(test: impl FnOnce(&Rig) + Send + 'static) {
    let rig = Rig::start().await;
    let rig = tokio::task::spawn_blocking(move || {
        test(&rig);
        rig
    })
    .await
    .unwrap();
    rig.stop().await;
}

/// Polls a call while a match goes on.
pub(crate) fn play_until_answered<T>(
    pilots: &mut [Pilot],
    started: Instant,
    mut reply: Reply<T>,
) -> Result<T, LobbyError> {
    let mut answer = None;
    play(pilots, started, |pilots| {
        assert!(pilots.iter().all(plays), "nobody should notice");
        answer = reply.poll();
        answer.is_some()
    });
    answer.unwrap()
}
