//! A match outlives its host: whatever happens to whom, play goes on with exactly one host.

use core::time::Duration;

use client::participant::Status;
use protocol::{Epoch, JoinRole};
use netcode::{Host, HostOptions, Outgoing};
use netcode::{Simulation, Tick};
use link::memory::Conditions;
use netcode::UplinkOf;
use netcode::wire::{Input, Stamped, self};

use rng::Rng;

use super::dots::Dots;
use super::stage::{HOST, Stage, millis};
use super::{broadband, common_checksums_of};

/// A host that flies and two guests, all at play.
fn trio(seed: u64, conditions: Conditions) -> (Stage, usize, usize) {
    let mut stage = Stage::with_flying_host(seed, conditions);
    let (one, two) = (stage.join(JoinRole::Player), stage.join(JoinRole::Player));
    stage.run(millis(3_000));
    for member in [HOST, one, two] {
        assert_eq!(stage.participant(member).status(), Status::Playing);
        stage.peer_mut(member).steer(member as u8 + 1);
    }
    stage.run(millis(500));
    (stage, one, two)
}

/// The only host among those that run; all others follow it and hold its state.
pub(crate) fn converged(stage: &Stage) -> usize {
    let running = stage.running();
    let hosts: Vec<_> = running
        .iter()
        .copied()
        .filter(|&member| stage.peer(member).is_host())
        .collect();
    let roster = stage.relay.roster();
    let standing: Vec<_> = running
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
    assert_eq!(hosts.len(), 1, "{standing:?}, {roster:?}");
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

/// Runs until every running member follows the epoch and plays; how long it took.
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
    panic!("nobody took over");
}

#[test]
fn a_killed_host_is_replaced_and_nobody_loses_anything() {
    let (mut stage, one, two) = trio(1, broadband());
    let slots = [one, two].map(|member| stage.peer(member).slot().unwrap());
    let before = tick(&stage, one);
    let places = |stage: &Stage| {
        let (_, state) = stage.peer(one).confirmed().unwrap();
        slots.map(|slot| state.place(slot))
    };
    let had = places(&stage);
    stage.crash(HOST);
    let gap = time_to_play(&mut stage, Epoch(1));
    assert!(gap < millis(1_000), "a last will leads to play in {gap:?}");
    assert!(tick(&stage, one) > before, "time does not go back");
    stage.run(millis(3_000));
    converged(&stage);
    for (before, after) in had.into_iter().zip(places(&stage)) {
        assert!(before > 0 && after > before, "{before}, then {after}");
    }
    for (member, slot) in [one, two].into_iter().zip(slots) {
        assert_eq!(stage.peer(member).slot(), Some(slot));
        let (_, state) = stage.peer(one).present().unwrap();
        assert_eq!(state.controls(slot), Some(member as u8 + 1), "still steers");
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
fn a_host_that_falls_silent_is_replaced_and_comes_back_as_a_guest() {
    let (mut stage, ..) = trio(2, broadband());
    let slot = stage.peer(HOST).slot();
    stage.stall(HOST, Duration::from_secs(6));
    let gap = time_to_play_of_others(&mut stage);
    assert!(gap < millis(2_000), "silence leads to play in {gap:?}");
    stage.run(Duration::from_secs(10));
    let host = converged(&stage);
    assert_ne!(host, HOST);
    assert_eq!(stage.peer(HOST).slot(), slot, "the old host keeps its seat");
}

/// As [`time_to_play`], of those who are not held up.
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
    panic!("nobody took over");
}

#[test]
fn a_suspended_host_with_deltas_left_to_send_disturbs_nobody() {
    let (mut stage, ..) = trio(3, broadband());
    stage.freeze(HOST, Duration::from_secs(4));
    stage.run(Duration::from_secs(3));
    assert_eq!(stage.relay.roster().epoch, Epoch(1));
    stage.run(Duration::from_secs(6));
    assert_ne!(converged(&stage), HOST);
    assert_eq!(stage.relay.claims().len(), 1);
}

#[test]
fn an_old_host_that_goes_on_publishing_is_not_heard() {
    let (mut stage, one, two) = trio(12, broadband());
    let (tick, state) = stage.peer(one).confirmed().unwrap();
    let (now, options) = (Duration::ZERO, HostOptions::default());
    let mut old = Host::resume(Epoch(0), 1_000, tick, state.clone(), None, options, now);
    let slot = stage.peer(one).slot().unwrap();
    stage.crash(HOST);
    time_to_play(&mut stage, Epoch(1));
    let before = [one, two].map(|member| stage.peer(member).health());

    // As if the broker's half that it is connected to had not heard of the new host.
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
fn a_guest_that_was_held_up_does_not_replace_a_host_that_is_alive() {
    for observed in [true, false] {
        let (mut stage, one, _) = trio(11, broadband());
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
fn a_claimant_that_dies_before_it_publishes_is_replaced_in_turn() {
    let (mut stage, ..) = trio(4, broadband());
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
fn a_host_whose_connection_breaks_goes_on_if_it_is_back_at_once() {
    let (mut stage, ..) = trio(5, Conditions::PERFECT);
    stage.cut(HOST);
    stage.run(Duration::from_secs(5));
    assert_eq!(converged(&stage), HOST);
    assert_eq!(stage.relay.roster().epoch, Epoch(0));
}

#[test]
fn a_host_that_leaves_hands_its_match_over() {
    let (mut stage, one, _) = trio(6, broadband());
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
fn a_lonely_host_that_starts_again_finds_its_match_as_it_was() {
    let mut stage = Stage::with_flying_host(7, broadband());
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
fn a_dropped_player_gets_its_seat_and_ship_back() {
    let (mut stage, one, two) = trio(8, broadband());
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
fn a_match_outlives_an_outage_of_a_minute_with_everybody_in_it() {
    let (mut stage, one, two) = trio(10, broadband());
    let slots = [HOST, one, two].map(|member| stage.peer(member).slot());
    stage.outage(Duration::from_secs(60));
    for _ in 0..60 {
        stage.run(Duration::from_secs(1));
        let (_, state) = stage.peer(HOST).present().unwrap();
        for slot in slots {
            assert!(state.controls(slot.unwrap()).is_some(), "flies on");
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
fn a_spectator_follows_every_host_and_claims_nothing() {
    let mut stage = Stage::new(9, broadband());
    let watcher = stage.join(JoinRole::Spectator);
    stage.run(millis(2_000));
    stage.crash(HOST);
    stage.run(Duration::from_secs(5));
    assert!(stage.relay.claims().is_empty());
    let player = stage.join(JoinRole::Player);
    stage.run(Duration::from_secs(8));
    assert!(!stage.peer(watcher).is_host());
    assert!(stage.peer(player).is_host() || stage.relay.claims().is_empty());
}

#[test]
fn a_hundred_migrations_in_a_row_converge() {
    let mut rng = Rng::new(10);
    let (mut stage, ..) = trio(
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
    assert_eq!(stage.relay.roster().seats.len(), 4, "nobody lost a seat");
}
