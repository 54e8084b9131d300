use std::sync::Arc;
use std::time::Instant;

use client::lobby::{Client, LobbyError, Reply};
use protocol::{JoinRole, Ticket};
use relay::aws::IotCore;
use relay_testing::players::{TestPlayer, host, join, play, plays};
use relay_testing::server::{self, TestRelay};

use crate::double::Double;

/// A relay whose matches run on a double of AWS.
pub(crate) struct Rig {
    pub(crate) relay: TestRelay,
    pub(crate) double: Double,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        let double = tokio::task::spawn_blocking(Double::start).await.unwrap();
        let config = double.config().await;
        let iot = IotCore::connect(&config, double.role(), None)
            .await
            .unwrap();
        Self {
            relay: TestRelay::start_on(Arc::new(iot), |_| ()).await,
            double,
        }
    }

    pub(crate) fn client(&self) -> Client {
        self.relay.client()
    }

    /// Opens a match whose host plays. Blocks.
    pub(crate) fn create(&self) -> Ticket {
        let callsign = Some("Eve".parse().unwrap());
        server::create(&self.client(), callsign).wait().unwrap()
    }

    /// Joins the host's match. Blocks.
    pub(crate) fn join(&self, host: &Ticket, role: JoinRole) -> Ticket {
        server::join(&self.client(), host, role).wait().unwrap()
    }

    /// A match's host and `guests` players.
    pub(crate) fn pilots(&self, guests: u64) -> Vec<TestPlayer> {
        pilots(&self.client(), guests)
    }
}

/// A match's host and `guests` players.
pub(crate) fn pilots(client: &Client, guests: u64) -> Vec<TestPlayer> {
    let mut pilots = vec![host(client, 8)];
    let code = pilots[0].ticket().code;
    pilots.extend((1..=guests).map(|seed| join(client, code, seed)));
    pilots
}

/// Runs a blocking test, and stops the rig.
pub(crate) async fn with_rig(test: impl FnOnce(&Rig) + Send + 'static) {
    let rig = Rig::start().await;
    let rig = tokio::task::spawn_blocking(move || {
        test(&rig);
        rig
    })
    .await
    .unwrap();
    rig.relay.stop().await;
}

/// Polls a call while a match goes on.
pub(crate) fn play_until_answered<T>(
    pilots: &mut [TestPlayer],
    started: Instant,
    mut reply: Reply<T>,
) -> Result<T, LobbyError> {
    let mut answer = None;
    play(pilots, started, |pilots| {
        assert!(
            pilots.iter().all(plays),
            "the match should not be disturbed"
        );
        answer = reply.poll();
        answer.is_some()
    });
    answer.unwrap()
}
