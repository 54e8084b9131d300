//! Tests of sessions over the in-memory broker with manual time: all guests reach the host's state.

mod chaos;
pub(crate) mod dots;
mod latency;
mod migration;
mod relay;
mod stage;

use core::time::Duration;

use client::participant::Status;
use client::peer::Traffic;
use link::memory::Conditions;
use netcode::Line;
use netcode::Simulation;
use netcode::wire;
use netcode::{HostOptions, Notice};
use protocol::Announcement;
use protocol::{JoinRole, Topic};

use dots::Dots;
use stage::{HOST, Stage, millis};

pub(crate) fn broadband() -> Conditions {
    Conditions {
        latency: millis(30),
        jitter: millis(5),
        ..Conditions::PERFECT
    }
}

/// The number of ticks whose checksum two members both know; checks that the checksums are equal.
pub(crate) fn common_checksums_of(stage: &Stage, one: usize, other: usize) -> usize {
    let known: Vec<_> = stage.peer(one).history().iter().collect();
    let mut common = 0;
    for (tick, checksum) in stage.peer(other).history().iter() {
        if let Some((_, expected)) = known.iter().find(|(at, _)| *at == tick) {
            assert_eq!(
                checksum, *expected,
                "members {one} and {other} differ at tick {tick}"
            );
            common += 1;
        }
    }
    common
}

fn common_checksums(stage: &Stage, guest: usize) -> usize {
    common_checksums_of(stage, HOST, guest)
}

#[test]
fn a_guest_joins_and_has_the_hosts_state() {
    let mut stage = Stage::new(1, broadband());
    let guest = stage.join(JoinRole::Player);
    stage.run(millis(1_000));
    assert_eq!(stage.participant(guest).status(), Status::Playing);
    stage.run(millis(4_000));
    assert!(common_checksums(&stage, guest) > 5);
}

#[test]
fn controls_are_predicted_at_once_and_reach_the_other_members() {
    let mut stage = Stage::new(2, broadband());
    let (one, other) = (stage.join(JoinRole::Player), stage.join(JoinRole::Player));
    stage.run(millis(2_000));
    let slot = stage.peer(one).slot().unwrap();
    let corrections = stage.peer(one).health().corrections;

    stage.peer_mut(one).steer(7);
    stage.run(millis(17));
    let (_, own) = stage.peer(one).present().unwrap();
    assert_eq!(
        own.controls(slot),
        Some(7),
        "the own controls should be predicted at once"
    );

    stage.run(millis(300));
    let (_, confirmed) = stage.peer(HOST).present().unwrap();
    assert_eq!(confirmed.controls(slot), Some(7));
    let (_, theirs) = stage.peer(other).present().unwrap();
    assert_eq!(theirs.controls(slot), Some(7));
    assert_eq!(stage.peer(one).health().corrections, corrections);
}

/// Steers 200 times after 5 seconds; returns the number of inputs that came late.
fn late_inputs(stage: &mut Stage, guest: usize) -> u32 {
    stage.run(millis(5_000));
    let before = stage.peer(HOST).health().late_inputs;
    for step in 0..200_u8 {
        stage.peer_mut(guest).steer(step % 5);
        stage.run(millis(70));
    }
    stage.peer(HOST).health().late_inputs - before
}

#[test]
fn inputs_arrive_before_the_tick_of_their_stamp() {
    let mut stage = Stage::new(3, broadband());
    let guest = stage.join(JoinRole::Player);
    let late = late_inputs(&mut stage, guest);
    assert!(late <= 2, "{late} of 200 inputs came late");
    let slack = stage.peer(guest).health().slack;
    assert!((0..=3).contains(&slack), "inputs come {slack} ticks early");
    let round_trip = stage.peer(guest).health().round_trip.unwrap();
    assert!(
        (millis(115)..millis(160)).contains(&round_trip),
        "four legs of 30 to 35 ms, and half a tick at each end: measured {round_trip:?}"
    );
}

#[test]
fn inputs_arrive_in_time_without_latency() {
    for seed in 20..30 {
        let mut stage = Stage::new(seed, Conditions::PERFECT);
        stage.run(millis(seed));
        let guest = stage.join(JoinRole::Player);
        let late = late_inputs(&mut stage, guest);
        assert!(late <= 2, "{late} of 200 inputs came late");
    }
}

#[test]
fn a_match_without_input_sends_few_messages() {
    let mut stage = Stage::new(4, broadband());
    let guest = stage.join(JoinRole::Player);
    stage.run(millis(3_000));
    let before = stage.peer(HOST).traffic();
    stage.run(millis(10_000));
    let sent = stage.peer(HOST).traffic().messages_out - before.messages_out;
    // Two heartbeats a second and a keyframe every two.
    assert!((20..=27).contains(&sent), "{sent} messages in 10 s");
    assert!(common_checksums(&stage, guest) > 10);
}

#[test]
fn a_spectator_has_the_hosts_state_and_sends_nothing() {
    let mut stage = Stage::new(5, broadband());
    stage.join(JoinRole::Player);
    let spectator = stage.join(JoinRole::Spectator);
    stage.run(millis(6_000));
    assert_eq!(stage.participant(spectator).status(), Status::Playing);
    assert_eq!(stage.peer(spectator).traffic().messages_out, 0);
    assert!(common_checksums(&stage, spectator) > 5);
}

#[test]
fn fifty_spectators_add_no_messages_of_the_host() {
    let published = |spectators: usize| {
        let mut stage = Stage::new(14, broadband());
        let pilot = stage.join(JoinRole::Player);
        stage.run(millis(3_000));
        let joined: Vec<_> = (0..spectators)
            .map(|_| stage.join(JoinRole::Spectator))
            .collect();
        stage.run(millis(1_000));
        for &member in &joined {
            assert_eq!(stage.participant(member).status(), Status::Playing);
            assert!(stage.peer(member).is_live());
        }
        for step in 0..20_u8 {
            stage.peer_mut(pilot).steer(step % 5);
            stage.run(millis(150));
        }
        let Traffic {
            messages_out,
            bytes_out,
            ..
        } = stage.peer(HOST).traffic();
        (messages_out, bytes_out)
    };
    assert_eq!(published(0), published(50));
}

#[test]
fn a_guest_resynchronises_by_a_keyframe_after_a_lost_delta() {
    let mut stage = Stage::new(
        6,
        Conditions {
            drop: 0.1,
            ..broadband()
        },
    );
    let guest = stage.join(JoinRole::Player);
    for step in 0..100_u8 {
        stage.peer_mut(guest).steer(step % 7);
        stage.run(millis(200));
    }
    assert!(
        stage.peer(guest).health().resyncs > 0,
        "some deltas should be lost"
    );
    stage.set_conditions(broadband());
    stage.run(millis(5_000));
    assert_eq!(stage.participant(guest).status(), Status::Playing);
    assert!(common_checksums(&stage, guest) > 5);
}

#[test]
fn repeated_deltas_avoid_most_resyncs() {
    let resyncs = |repeat: u8| {
        let network = Conditions {
            drop: 0.1,
            ..broadband()
        };
        let options = HostOptions {
            repeat,
            ..HostOptions::default()
        };
        let mut stage = Stage::start(6, network, false, options);
        let guest = stage.join(JoinRole::Player);
        for step in 0..200_u8 {
            stage.peer_mut(guest).steer(step % 7);
            stage.run(millis(100));
        }
        assert!(common_checksums(&stage, guest) > 5);
        stage.peer(guest).health().resyncs
    };
    let (without, with) = (resyncs(0), resyncs(2));
    assert!(
        without > 10 && with <= without / 10,
        "{without} resyncs without repetitions, {with} with"
    );
}

#[test]
fn duplicates_and_reordering_change_nothing() {
    let mut stage = Stage::new(
        7,
        Conditions {
            jitter: millis(80),
            duplicate: 0.3,
            unordered: true,
            ..broadband()
        },
    );
    let guest = stage.join(JoinRole::Player);
    for step in 0..100_u8 {
        stage.peer_mut(guest).steer(step % 7);
        stage.run(millis(100));
    }
    stage.peer_mut(guest).steer(3);
    stage.run(millis(3_000));
    let slot = stage.peer(guest).slot().unwrap();
    assert_eq!(
        stage.peer(HOST).present().unwrap().1.controls(slot),
        Some(3)
    );
    assert!(common_checksums(&stage, guest) > 5);
}

#[test]
fn undecodable_payloads_change_nothing() {
    let mut stage = Stage::new(8, broadband());
    let guest = stage.join(JoinRole::Player);
    stage.run(millis(2_000));
    for payload in [
        &[][..],
        &[0],
        &[1],
        &[1, 255, 255],
        &[1, 0, 255, 255, 255, 255],
        &[9; 5_000],
    ] {
        stage.publish_as_player(guest, payload);
        stage.publish_as_host(payload);
        stage.run(millis(50));
    }
    stage.run(millis(2_000));
    assert!(stage.peer(HOST).health().rejected > 0);
    assert!(stage.peer(guest).health().rejected > 0);
    assert_eq!(stage.participant(guest).status(), Status::Playing);
    assert!(common_checksums(&stage, guest) > 5);
}

#[test]
fn a_player_that_leaves_is_removed_at_once_and_one_that_vanishes_after_a_grace_period() {
    let mut stage = Stage::new(9, broadband());
    let (leaver, crasher) = (stage.join(JoinRole::Player), stage.join(JoinRole::Player));
    stage.run(millis(2_000));
    let slots = [leaver, crasher].map(|guest| stage.peer(guest).slot().unwrap());
    let seated = |stage: &Stage| {
        let (_, state): (_, &Dots) = stage.peer(HOST).present().unwrap();
        slots.map(|slot| state.controls(slot).is_some())
    };
    assert_eq!(seated(&stage), [true, true]);

    stage.participant_mut(leaver).leave();
    stage.crash(crasher);
    stage.run(millis(1_000));
    assert_eq!(seated(&stage), [false, true]);
    stage.run(Duration::from_secs(20));
    assert_eq!(seated(&stage), [false, false]);
}

#[test]
fn a_message_reaches_the_other_members() {
    let mut stage = Stage::new(10, broadband());
    let (sender, receiver) = (stage.join(JoinRole::Player), stage.join(JoinRole::Player));
    stage.run(millis(2_000));
    stage.peer_mut(receiver).take_notices();
    let slot = stage.peer(sender).slot().unwrap();
    let message = 77;
    stage.peer_mut(sender).message(message);
    stage.run(millis(300));
    let received = stage.peer_mut(receiver).take_notices();
    assert!(received.contains(&Notice::Message { slot, message }));
}

#[test]
fn announcements_reach_all_members_and_notices_one_player() {
    let mut stage = Stage::new(15, broadband());
    let (one, two) = (
        stage.join(JoinRole::Player),
        stage.join(JoinRole::Spectator),
    );
    stage.run(millis(2_000));
    let announcement = |id| Announcement {
        id,
        headline: Line::of("Maintenance").unwrap(),
        text: Line::of("at noon").unwrap(),
    };
    let (all, private) = (announcement(1), announcement(2));
    stage.publish_as_relay(Topic::News, &wire::encode(&all).unwrap());
    let own = Topic::Notice(stage.player(one));
    stage.publish_as_relay(own, &wire::encode(&private).unwrap());
    stage.publish_as_relay(Topic::News, &[1, 255]);
    stage.run(millis(200));
    for (member, expected) in [
        (HOST, vec![all.clone()]),
        (one, vec![all.clone(), private]),
        (two, vec![all]),
    ] {
        assert_eq!(stage.peer_mut(member).take_announcements(), expected);
    }
}

#[test]
fn a_guest_catches_up_at_once_after_a_stall() {
    let mut stage = Stage::new(12, broadband());
    let guest = stage.join(JoinRole::Player);
    stage.run(millis(3_000));
    stage.stall(guest, millis(1_500));
    stage.run(millis(2_500));
    let (host, guest_tick) = (
        stage.peer(HOST).present().unwrap().0,
        stage.peer(guest).present().unwrap().0,
    );
    let lead = guest_tick.since(host);
    assert!((-2..=25).contains(&lead), "the guest is {lead} ticks ahead");
    assert!(common_checksums(&stage, guest) > 5);
}

#[test]
fn equal_seeds_give_equal_matches() {
    let play = || {
        let conditions = Conditions {
            loss: 0.05,
            drop: 0.02,
            ..broadband()
        };
        let mut stage = Stage::new(13, conditions);
        let guest = stage.join(JoinRole::Player);
        for step in 0..50_u8 {
            stage.peer_mut(guest).steer(step % 7);
            stage.run(millis(130));
        }
        (
            stage.peer(HOST).history().latest(),
            stage.peer(guest).traffic(),
        )
    };
    assert_eq!(play(), play());
}
