use std::collections::HashSet;
use std::time::Instant;

use arena::Hands;
use protocol::{Epoch, JoinRole, Topic};

use crate::cluster::{Cluster, Setup};
use crate::rig::{Rig, with_rig};
use relay_testing::mqtt::{Answer, Client, Login, Version};
use relay_testing::players::{TestPlayer, host, join, play, play_in_agreement, plays};
use relay_testing::scores::scores;

const PILOTS: u64 = 6;

/// A host and its guests, whose hands move.
struct Crowd {
    pilots: Vec<TestPlayer>,
    hands: Vec<Hands>,
    started: Instant,
}

impl Crowd {
    fn gather(rig: &Rig) -> Self {
        let client = rig.relay.client();
        let started = Instant::now();
        let mut pilots = vec![host(&client, PILOTS as u8 + 1)];
        let code = pilots[0].ticket().code;
        pilots.extend((1..PILOTS).map(|seed| join(&client, code, seed)));
        Self {
            pilots,
            hands: (0..PILOTS).map(|who| Hands::new(1, who as u8)).collect(),
            started,
        }
    }

    fn play(&mut self, mut done: impl FnMut(&[TestPlayer]) -> bool) {
        let (started, hands) = (self.started, &mut self.hands);
        play(&mut self.pilots, started, |pilots| {
            for (pilot, hands) in pilots.iter_mut().zip(hands.iter_mut()) {
                pilot.peer_mut().steer(hands.controls(started.elapsed()));
            }
            done(pilots)
        });
    }

    fn play_until_several_score(&mut self) {
        self.play(|pilots| {
            pilots.iter().all(plays)
                && scores(pilots).iter().filter(|score| **score > 0).count() > 2
        });
    }

    fn slots(&self) -> Vec<impl PartialEq + std::fmt::Debug + use<>> {
        self.pilots
            .iter()
            .map(|pilot| pilot.peer().slot())
            .collect()
    }

    /// Kills a node, and plays until all are back in play on others.
    #[expect(clippy::print_stdout, reason = "the figure is what one wants to know")]
    fn survive(&mut self, rig: &mut Rig, node: usize) {
        let hit: Vec<_> = (0..self.pilots.len())
            .filter(|pilot| node_of(rig, &self.pilots[*pilot]) == node)
            .collect();
        assert!(!hit.is_empty());
        let id = self.pilots[0].ticket().match_id;
        let (slots, before) = (self.slots(), scores(&self.pilots));
        let killed = Instant::now();
        rig.cluster.kill(node);
        self.play(|pilots| {
            // Nobody's ship vanishes meanwhile.
            scores(pilots);
            pilots
                .iter()
                .all(|pilot| plays(pilot) && node_of(rig, pilot) != node)
        });
        println!(
            "{} of {} lost their node and are back in play {:?} after the kill, in {:?}; \
             scores {before:?}, then {:?}",
            hit.len(),
            self.pilots.len(),
            killed.elapsed(),
            self.pilots[0].peer().epoch(),
            scores(&self.pilots),
        );
        assert_eq!(self.slots(), slots);
        assert!(
            self.pilots
                .iter()
                .all(|pilot| pilot.ticket().match_id == id)
        );
        let kept = scores(&self.pilots);
        assert!(
            before
                .iter()
                .zip(&kept)
                .any(|(before, kept)| *before > 0 && *kept > 0)
        );
        play_in_agreement(&mut self.pilots, self.started);
        let hosts = self.pilots.iter().filter(|pilot| pilot.peer().is_host());
        assert_eq!(hosts.count(), 1);
    }

    fn leave(mut self) {
        for pilot in self.pilots.iter_mut().rev() {
            pilot.leave().wait();
        }
    }
}

/// The node that a pilot connects to.
fn node_of(rig: &Rig, pilot: &TestPlayer) -> usize {
    let access = &pilot.ticket().mqtt;
    rig.cluster.find(access.tcp.as_ref().unwrap_or(&access.ws))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_match_on_three_nodes_outlives_one() {
    with_rig(Setup::KeyPairOverWebSocket, |rig| {
        let mut crowd = Crowd::gather(rig);
        crowd.play_until_several_score();
        let used: HashSet<_> = crowd
            .pilots
            .iter()
            .map(|pilot| node_of(rig, pilot))
            .collect();
        assert_eq!(used.len(), 3, "pilots are spread over the nodes");
        play_in_agreement(&mut crowd.pilots, crowd.started);

        // Where the relay publishes, too, and not where the host is.
        let first = 0;
        assert_ne!(node_of(rig, &crowd.pilots[0]), first);
        crowd.survive(rig, first);
        assert_eq!(
            crowd.pilots[0].peer().epoch(),
            Epoch(0),
            "the host is the same"
        );
        crowd.leave();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_match_outlives_its_host_s_node() {
    with_rig(Setup::SecretOverTcp, |rig| {
        let mut crowd = Crowd::gather(rig);
        crowd.play_until_several_score();
        let hosts = node_of(rig, &crowd.pilots[0]);
        crowd.survive(rig, hosts);
        crowd.leave();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_match_survives_a_restart_of_the_whole_cluster() {
    with_rig(Setup::SecretOverTcp, |rig| {
        let mut crowd = Crowd::gather(rig);
        crowd.play(|pilots| pilots.iter().all(plays));
        let slots = crowd.slots();
        rig.cluster.kill_all();
        crowd.play(|pilots| !pilots.iter().any(plays));
        rig.cluster.start();
        crowd.play(|pilots| pilots.iter().all(plays));
        assert_eq!(crowd.slots(), slots);

        // Who comes new finds roster and keyframe.
        let code = crowd.pilots[0].ticket().code;
        crowd.pilots.push(join(&rig.relay.client(), code, PILOTS));
        crowd.play(|pilots| pilots.iter().all(plays));
        play_in_agreement(&mut crowd.pilots, crowd.started);
        crowd.leave();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_from_before_the_cluster_was_up_are_published() {
    let mut rig = Rig::start_on(Cluster::planned(Setup::SecretOverTcp)).await;
    let host = rig.relay.host().await;
    let ended = rig.relay.host().await;
    rig.relay.end(&ended).await;
    let watcher = rig.relay.join(&host, JoinRole::Spectator).await;
    rig.cluster.start();

    let address = rig.cluster.tcp(2);
    let mut client = Client::over_tcp(address, Version::V5, &Login::of(&watcher))
        .await
        .ok()
        .unwrap();
    let roster = Topic::Roster(host.match_id).to_string();
    assert!(matches!(
        client.subscribe(&roster).await,
        Answer::Code(0 | 1)
    ));
    assert_eq!(client.receive().await.unwrap().topic, roster);
    rig.stop().await;
}
