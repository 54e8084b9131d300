use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use arrayvec::ArrayString;
use relay::broker::aws::IotCore;
use relay::serve::{self, Options, Server};
use shared::lobby::{Client, LobbyError, Reply};
use shared::participant::{Online, Participant, Status};
use shared::protocol::{CreateMatch, JoinMatch, JoinRole, Ticket};
use shared::session::HostOptions;
use shared::sim::arena::Arena;
use shared::transport::Conditions;
use tempfile::TempDir;

use crate::double::{Double, PATIENCE};

pub(crate) type Pilot = Participant<Arena, Online>;

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
            name: ArrayString::from("Test").unwrap(),
            callsign: Some("Eve".parse().unwrap()),
            max_players: 8,
            public: true,
        };
        self.client().create(&wish).wait().unwrap()
    }

    pub(crate) fn join(&self, host: &Ticket, role: JoinRole) -> Ticket {
        let wish = JoinMatch {
            callsign: "Ada".parse().unwrap(),
            role,
        };
        self.client().join(host.code, &wish).wait().unwrap()
    }

    /// A match's host and `guests` players.
    pub(crate) fn pilots(&self, guests: u64) -> Vec<Pilot> {
        let ticket = self.create();
        let arena = Arena::new(1, 2);
        let mut pilots = vec![
            Participant::host(
                ticket.clone(),
                self.online(0),
                arena,
                HostOptions::default(),
                Duration::ZERO,
            )
            .unwrap(),
        ];
        pilots.extend((1..=guests).map(|seed| {
            let ticket = self.join(&ticket, JoinRole::Player);
            Participant::join(
                ticket,
                self.online(seed),
                HostOptions::default(),
                Duration::ZERO,
            )
            .unwrap()
        }));
        pilots
    }

    fn online(&self, seed: u64) -> Online {
        Online {
            client: self.client(),
            conditions: Conditions::PERFECT,
            seed,
        }
    }
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

/// Plays until `done`.
pub(crate) fn play(pilots: &mut [Pilot], started: Instant, mut done: impl FnMut(&[Pilot]) -> bool) {
    let since = Instant::now();
    while !done(pilots) {
        let status: Vec<_> = pilots.iter().map(Participant::status).collect();
        assert!(since.elapsed() < PATIENCE, "{status:?}");
        for pilot in pilots.iter_mut() {
            pilot.update(started.elapsed());
            drop(pilot.peer_mut().take_notices());
        }
        thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn plays(pilot: &Pilot) -> bool {
    pilot.status() == Status::Playing && pilot.peer().is_live()
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
