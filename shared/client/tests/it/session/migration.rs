//! Tests of host migration: after any fault, the match continues with exactly one host.

use core::time::Duration;

use client::participant::Status;
use link::memory::Conditions;
use netcode::UplinkOf;
use netcode::wire::{self, Input, Stamped};
use netcode::{Host, HostOptions, Outgoing};
use netcode::{Simulation, Tick};
use protocol::{Epoch, JoinRole};

use rng::Rng;

use super::dots::Dots;
use super::stage::{HOST, Stage, millis};
use super::{broadband, common_checksums_of};

/// A host that is a player too, and two guests, in play.
fn three_players(seed: u64, conditions: Conditions) -> (Stage, usize, usize) {
    let mut stage = Stage::with_playing_host(seed, conditions);
    let (one, two) = (stage.join(JoinRole::Player), stage.join(JoinRole::Player));
    stage.run(millis(3_000));
    for member in [HOST, one, two] {
        assert_eq!(stage.participant(member).status(), Status::Playing);
        stage.peer_mut(member).steer(member as u8 + 1);
    }
    stage.run(millis(500));
    (stage, one, two)
}

/// The host among the running members; checks that it is the only one, and that all others have its
/// state.
pub(crate) fn converged(stage: &Stage) -> usize {
    let running = stage.running();
    let hosts: Vec<_> = running
        .iter()
        .copied()
        .filter(|&member| stage.peer(member).is_host())
        .collect();
    let roster = stage.relay.roster();
    let statuses: Vec<_> = running
        .iter()
        .map(|&member| {
            let (participant, peer) = (stage.participant(member), stage.peer(member));
            let role = participant.ticket().role;
            (
                member,
                role,
                participant.status(),
                peer.epoch(),
                peer.slot(),
            )
        })
        .collect();
    assert_eq!(hosts.len(), 1, "{statuses:?}, {roster:?}");
    let host = hosts[0];
    assert_eq!(roster.host, stage.player(host));
    for member in running {
        assert_eq!(stage.peer(member).epoch(), roster.epoch, "member {member}");
        assert_eq!(
            stage.participant(member).status(),
            Status::Playing,
            "member {member}"
        );
        let common = common_checksums_of(stage, host, member);
        assert!(
            common > 3,
            "member {member} shares {common} checksums: {:?}",
            stage.peer(member).health()
        );
    }
    host
}

fn tick(stage: &Stage, member: usize) -> Tick {
    stage.peer(member).present().unwrap().0
}

/// Runs until all running members play in the epoch; returns the time that took.
fn time_to_play(stage: &mut Stage, epoch: Epoch) -> Duration {
    let step = millis(10);
    for steps in 0..1_000 {
        let all = stage.running().iter().all(|&member| {
            stage.participant(member).status() == Status::Playing
                && stage.peer(member).epoch() == epoch
                && stage.peer(member).is_live()
        });
        if all {
            return step * steps;
        }
        stage.run(step);
    }
    panic!("there is no new host");
}

#[test]
fn a_crashed_host_is_replaced_without_loss_of_state() {
    let (mut stage, one, two) = three_players(1, broadband());
    let slots = [one, two].map(|member| stage.peer(member).slot().unwrap());
    let before = tick(&stage, one);
    let positions = |stage: &Stage| {
        let (_, state) = stage.peer(one).confirmed().unwrap();
        slots.map(|slot| state.position(slot))
    };
    let initial = positions(&stage);
    stage.crash(HOST);
    let gap = time_to_play(&mut stage, Epoch(1));
    assert!(
        gap < millis(1_000),
        "play continued {gap:?} after the last will"
    );
    assert!(tick(&stage, one) > before, "ticks should not go back");
    stage.run(millis(3_000));
    converged(&stage);
    for (before, after) in initial.into_iter().zip(positions(&stage)) {
        assert!(before > 0 && after > before, "{before}, then {after}");
    }
    for (member, slot) in [one, two].into_iter().zip(slots) {
        assert_eq!(stage.peer(member).slot(), Some(slot));
        let (_, state) = stage.peer(one).present().unwrap();
        assert_eq!(
            state.controls(slot),
            Some(member as u8 + 1),
            "controls should be kept"
        );
    }
    let before = tick(&stage, two);
    stage.peer_mut(one).steer(9);
    stage.peer_mut(two).steer(8);
    stage.run(millis(500));
    assert!(tick(&stage, two) > before);
    let (_, state) = stage.peer(one).present().unwrap();
    assert_eq!(slots.map(|slot| state.controls(slot)), [Some(9), Some(8)]);
}

#[test]
fn a_silent_host_is_replaced_and_returns_as_a_guest() {
    let (mut stage, ..) = three_players(2, broadband());
    let slot = stage.peer(HOST).slot();
    stage.stall(HOST, Duration::from_secs(6));
    let gap = time_to_play_of_others(&mut stage);
    assert!(
        gap < millis(2_000),
        "play continued {gap:?} after the last message"
    );
    stage.run(Duration::from_secs(10));
    let host = converged(&stage);
    assert_ne!(host, HOST);
    assert_eq!(
        stage.peer(HOST).slot(),
        slot,
        "the old host should keep its seat"
    );
}

/// As [`time_to_play`], without the first host.
fn time_to_play_of_others(stage: &mut Stage) -> Duration {
    for steps in 0..1_000 {
        let epoch = stage.relay.roster().epoch;
        let others = stage.running().into_iter().filter(|&member| member != HOST);
        let mut all = epoch > Epoch(0);
        for member in others {
            let peer = stage.peer(member);
            all &= peer.epoch() == epoch && peer.is_live();
        }
        if all {
            return millis(10) * steps;
        }
        stage.run(millis(10));
    }
    panic!("there is no new host");
}

#[test]
fn a_suspended_host_that_resumes_causes_no_further_claim() {
    let (mut stage, ..) = three_players(3, broadband());
    stage.suspend(HOST, Duration::from_secs(4));
    stage.run(Duration::from_secs(3));
    assert_eq!(stage.relay.roster().epoch, Epoch(1));
    stage.run(Duration::from_secs(6));
    assert_ne!(converged(&stage), HOST);
    assert_eq!(stage.relay.claims().len(), 1);
}

#[test]
fn deltas_of_an_old_host_are_ignored() {
    let (mut stage, one, two) = three_players(12, broadband());
    let (tick, state) = stage.peer(one).confirmed().unwrap();
    let (now, options) = (Duration::ZERO, HostOptions::default());
    let mut old = Host::resume(Epoch(0), 1_000, tick, state.clone(), None, options, now);
    let slot = stage.peer(one).slot().unwrap();
    stage.crash(HOST);
    time_to_play(&mut stage, Epoch(1));
    let before = [one, two].map(|member| stage.peer(member).health());

    // As on a partitioned cluster, where the old host's broker does not know the new host.
    let mut published = 0;
    for step in 1..200_u32 {
        let input = UplinkOf::<Dots>::Input(Input {
            stamped: [Stamped {
                tick: old.tick(),
                controls: (step % 5) as u8,
            }]
            .into_iter()
            .collect(),
            round_trip: 0,
        });
        let now = millis(u64::from(step) * 17);
        old.receive(slot, &wire::encode(&input).unwrap(), now)
            .unwrap();
        old.update(now, |outgoing, payload| {
            if outgoing == Outgoing::Delta {
                stage.publish_as_host(payload);
                published += 1;
            }
        });
        stage.run(millis(17));
    }
    assert!(published > 50);
    let after = [one, two].map(|member| stage.peer(member).health());
    for (before, after) in before.into_iter().zip(after) {
        assert_eq!(after.resyncs, before.resyncs);
        assert_eq!(after.rejected, before.rejected);
    }
    converged(&stage);
}

#[test]
fn a_stalled_guest_does_not_replace_a_host_that_is_alive() {
    for observed in [true, false] {
        let (mut stage, one, _) = three_players(11, broadband());
        if !observed {
            stage.relay.stop_observing();
        }
        stage.stall(one, Duration::from_secs(3));
        stage.run(Duration::from_secs(10));
        assert_eq!(converged(&stage), HOST, "observed: {observed}");
        assert!(stage.relay.claims().is_empty());
    }
}

#[test]
fn a_new_host_that_crashes_before_it_publishes_is_replaced() {
    let (mut stage, ..) = three_players(4, broadband());
    stage.join(JoinRole::Player);
    stage.run(millis(2_000));
    stage.crash(HOST);
    while stage.relay.claims().is_empty() {
        stage.run(millis(10));
    }
    let winner = stage.relay.claims()[0].1;
    let winner = (1..4)
        .find(|&member| stage.player(member) == winner)
        .unwrap();
    stage.crash(winner);
    stage.run(Duration::from_secs(6));
    converged(&stage);
    assert_eq!(stage.relay.roster().epoch, Epoch(2));
}

#[test]
fn a_host_that_reconnects_at_once_stays_host() {
    let (mut stage, ..) = three_players(5, Conditions::PERFECT);
    stage.cut(HOST);
    stage.run(Duration::from_secs(5));
    assert_eq!(converged(&stage), HOST);
    assert_eq!(stage.relay.roster().epoch, Epoch(0));
}

#[test]
fn a_host_that_leaves_hands_over_its_match() {
    let (mut stage, one, _) = three_players(6, broadband());
    let before = tick(&stage, one);
    stage.participant_mut(HOST).leave();
    stage.run(millis(50));
    stage.crash(HOST);
    let gap = time_to_play(&mut stage, Epoch(1));
    assert!(gap < millis(600), "took {gap:?}");
    assert!(tick(&stage, one) > before);
    stage.run(Duration::from_secs(3));
    converged(&stage);
}

#[test]
fn a_host_without_guests_that_restarts_continues_its_match() {
    let mut stage = Stage::with_playing_host(7, broadband());
    stage.run(millis(1_000));
    stage.peer_mut(HOST).steer(5);
    stage.run(Duration::from_secs(5));
    let before = tick(&stage, HOST);
    stage.crash(HOST);
    stage.run(millis(1_000));
    stage.restart(HOST);
    stage.run(Duration::from_secs(3));
    assert!(stage.peer(HOST).is_host());
    assert!(tick(&stage, HOST) > before);
    assert_eq!(stage.relay.roster().epoch, Epoch(0));
}

#[test]
fn a_player_that_reconnects_keeps_its_seat() {
    let (mut stage, one, two) = three_players(8, broadband());
    let slot = stage.peer(one).slot();
    stage.cut(one);
    stage.run(millis(100));
    assert_eq!(stage.participant(one).status(), Status::Reconnecting);
    stage.run(Duration::from_secs(3));
    assert_eq!(stage.participant(one).status(), Status::Playing);

    stage.crash(two);
    stage.run(Duration::from_secs(10));
    stage.restart(two);
    stage.run(Duration::from_secs(3));
    assert_eq!(converged(&stage), HOST);
    assert_eq!(stage.peer(one).slot(), slot);
}

#[test]
fn a_match_continues_after_an_outage_of_a_minute_with_all_members() {
    let (mut stage, one, two) = three_players(10, broadband());
    let slots = [HOST, one, two].map(|member| stage.peer(member).slot());
    stage.outage(Duration::from_secs(60));
    for _ in 0..60 {
        stage.run(Duration::from_secs(1));
        let (_, state) = stage.peer(HOST).present().unwrap();
        for slot in slots {
            assert!(
                state.controls(slot.unwrap()).is_some(),
                "seats should be kept"
            );
        }
    }
    let gap = time_to_play(&mut stage, Epoch(0));
    assert!(gap < millis(4_000), "all are back in {gap:?}");
    stage.run(Duration::from_secs(3));
    assert_eq!(converged(&stage), HOST);
    assert_eq!(
        [HOST, one, two].map(|member| stage.peer(member).slot()),
        slots
    );
}

#[test]
fn a_spectator_follows_each_host_and_never_claims() {
    let mut stage = Stage::new(9, broadband());
    let spectator = stage.join(JoinRole::Spectator);
    stage.run(millis(2_000));
    stage.crash(HOST);
    stage.run(Duration::from_secs(5));
    assert!(stage.relay.claims().is_empty());
    let player = stage.join(JoinRole::Player);
    stage.run(Duration::from_secs(8));
    assert!(!stage.peer(spectator).is_host());
    assert!(stage.peer(player).is_host() || stage.relay.claims().is_empty());
}

#[test]
fn a_hundred_consecutive_migrations_converge() {
    let mut rng = Rng::new(10);
    let (mut stage, ..) = three_players(
        10,
        Conditions {
            loss: 0.02,
            jitter: millis(20),
            ..broadband()
        },
    );
    stage.join(JoinRole::Player);
    stage.run(millis(2_000));
    for _ in 0..100 {
        let host = stage
            .running()
            .into_iter()
            .find(|&member| stage.peer(member).is_host())
            .unwrap();
        stage.crash(host);
        stage.run(millis(200 + (rng.next() % 3_000)));
        stage.restart(host);
        stage.run(millis(2_500 + (rng.next() % 1_000)));
    }
    stage.run(Duration::from_secs(5));
    converged(&stage);
    let epochs = stage.relay.roster().epoch.0;
    assert!(epochs > 50, "only {epochs} epochs");
    assert_eq!(
        stage.relay.roster().seats.len(),
        4,
        "all seats should be kept"
    );
}
