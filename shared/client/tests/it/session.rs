//! A match over the in-memory broker, with manual time: what a host decides, every guest holds.

mod chaos;
pub(crate) mod dots;
mod hands;
mod migration;
mod relay;
mod stage;

use core::time::Duration;

use client::participant::Status;
use client::peer::Traffic;
use protocol::{JoinRole, Topic};
use netcode::{HostOptions, Notice};
use netcode::Simulation;
use link::memory::Conditions;
use netcode::wire;
use protocol::Announcement;
use netcode::Line;

use dots::Dots;
use stage::{HOST, Stage, millis};

pub(crate) fn broadband() -> Conditions {
    Conditions {
        latency: millis(30),
        jitter: millis(5),
        ..Conditions::PERFECT
    }
}

/// Ticks at which two members both know the checksum; all of them must agree.
pub(crate) fn common_checksums_of(stage: &Stage, one: usize, other: usize) -> usize {
    let known: Vec<_> = stage.peer(one).history().iter().collect();
    let mut common = 0;
    for (tick, checksum) in stage.peer(other).history().iter() {
        if let Some((_, truth)) = known.iter().find(|(at, _)| *at == tick) {
            assert_eq!(
                checksum, *truth,
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
fn a_guest_joins_and_holds_the_hosts_state() {
    let mut stage = Stage::new(1, broadband());
    let guest = stage.join(JoinRole::Player);
    stage.run(millis(1_000));
    assert_eq!(stage.participant(guest).status(), Status::Playing);
    stage.run(millis(4_000));
    assert!(common_checksums(&stage, guest) > 5);
}

#[test]
fn steering_shows_in_the_same_tick_and_reaches_the_others() {
    let mut stage = Stage::new(2, broadband());
    let (steerer, watcher) = (stage.join(JoinRole::Player), stage.join(JoinRole::Player));
    stage.run(millis(2_000));
    let slot = stage.peer(steerer).slot().unwrap();
    let corrections = stage.peer(steerer).health().corrections;

    stage.peer_mut(steerer).steer(7);
    stage.run(millis(17));
    let (_, own) = stage.peer(steerer).present().unwrap();
    assert_eq!(
        own.controls(slot),
        Some(7),
        "the own screen answers at once"
    );

    stage.run(millis(300));
    let (_, truth) = stage.peer(HOST).present().unwrap();
    assert_eq!(truth.controls(slot), Some(7));
    let (_, theirs) = stage.peer(watcher).present().unwrap();
    assert_eq!(theirs.controls(slot), Some(7));
    assert_eq!(stage.peer(steerer).health().corrections, corrections);
}

/// Steers all the time after settling in; the inputs of 200 that came late.
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
fn inputs_arrive_in_the_tick_for_which_they_were_stamped() {
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
fn inputs_arrive_in_time_on_one_machine_too() {
    for seed in 20..30 {
        let mut stage = Stage::new(seed, Conditions::PERFECT);
        stage.run(millis(seed));
        let guest = stage.join(JoinRole::Player);
        let late = late_inputs(&mut stage, guest);
        assert!(late <= 2, "{late} of 200 inputs came late");
    }
}

#[test]
fn silence_is_cheap() {
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
fn a_spectator_follows_and_sends_nothing() {
    let mut stage = Stage::new(5, broadband());
    stage.join(JoinRole::Player);
    let spectator = stage.join(JoinRole::Spectator);
    stage.run(millis(6_000));
    assert_eq!(stage.participant(spectator).status(), Status::Playing);
    assert_eq!(stage.peer(spectator).traffic().messages_out, 0);
    assert!(common_checksums(&stage, spectator) > 5);
}

#[test]
fn fifty_spectators_are_soon_in_play_and_cost_the_host_nothing() {
    let published = |spectators: usize| {
        let mut stage = Stage::new(14, broadband());
        let pilot = stage.join(JoinRole::Player);
        stage.run(millis(3_000));
        let crowd: Vec<_> = (0..spectators)
            .map(|_| stage.join(JoinRole::Spectator))
            .collect();
        stage.run(millis(1_000));
        for &member in &crowd {
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
fn a_lost_delta_is_healed_by_a_keyframe() {
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
    assert!(stage.peer(guest).health().resyncs > 0, "nothing was lost");
    stage.set_conditions(broadband());
    stage.run(millis(5_000));
    assert_eq!(stage.participant(guest).status(), Status::Playing);
    assert!(common_checksums(&stage, guest) > 5);
}

#[test]
fn a_delta_that_repeats_the_last_two_makes_up_for_lost_ones() {
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
fn bytes_that_are_no_message_change_nothing() {
    let mut stage = Stage::new(8, broadband());
    let guest = stage.join(JoinRole::Player);
    stage.run(millis(2_000));
    for garbage in [
        &[][..],
        &[0],
        &[1],
        &[1, 255, 255],
        &[1, 0, 255, 255, 255, 255],
        &[9; 5_000],
    ] {
        stage.publish_as_player(guest, garbage);
        stage.publish_as_host(garbage);
        stage.run(millis(50));
    }
    stage.run(millis(2_000));
    assert!(stage.peer(HOST).health().rejected > 0);
    assert!(stage.peer(guest).health().rejected > 0);
    assert_eq!(stage.participant(guest).status(), Status::Playing);
    assert!(common_checksums(&stage, guest) > 5);
}

#[test]
fn a_pilot_that_leaves_is_gone_and_one_that_vanishes_is_awaited() {
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
fn chat_is_part_of_the_log() {
    let mut stage = Stage::new(10, broadband());
    let (speaker, listener) = (stage.join(JoinRole::Player), stage.join(JoinRole::Player));
    stage.run(millis(2_000));
    stage.peer_mut(listener).take_notices();
    let slot = stage.peer(speaker).slot().unwrap();
    let message = 77;
    stage.peer_mut(speaker).message(message);
    stage.run(millis(300));
    let heard = stage.peer_mut(listener).take_notices();
    assert!(heard.contains(&Notice::Message { slot, message }));
}

#[test]
fn everybody_hears_announcements_and_one_player_its_notices() {
    let mut stage = Stage::new(15, broadband());
    let (one, two) = (stage.join(JoinRole::Player), stage.join(JoinRole::Spectator));
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
    for (member, heard) in [
        (HOST, vec![all.clone()]),
        (one, vec![all.clone(), private]),
        (two, vec![all]),
    ] {
        assert_eq!(stage.peer_mut(member).take_announcements(), heard);
    }
}

#[test]
fn a_stall_is_caught_up_with_at_once() {
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
fn equal_seeds_play_equal_matches() {
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
