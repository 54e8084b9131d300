//! 1,000 seeded matches with random faults; each must end with one host, and with all participants in
//! its state.

use core::time::Duration;

use client::participant::Status;
use link::memory::Conditions;
use netcode::{HostOptions, Pace};
use protocol::JoinRole;
use rng::Rng;

use super::migration::converged;
use super::stage::{HOST, Stage, millis};

/// The duration of the faults, in milliseconds.
const FAULTS: u64 = 10_000;

/// The most members, including spectators.
const MAX_MEMBERS: usize = 8;

fn random_network(rng: &mut Rng) -> Conditions {
    let percent = |rng: &mut Rng, most: u64| (rng.next() % (most + 1)) as f64 / 100.0;
    Conditions {
        latency: millis(rng.next() % 120),
        jitter: millis(rng.next() % 60),
        loss: percent(rng, 5),
        drop: percent(rng, 5),
        duplicate: percent(rng, 10),
        unordered: rng.next().is_multiple_of(2),
        ..Conditions::PERFECT
    }
}

/// A random fault, or a change of controls.
fn inject_fault(stage: &mut Stage, rng: &mut Rng, members: &mut Vec<usize>, left: &mut Vec<usize>) {
    let member = members[(rng.next() % members.len() as u64) as usize];
    let runs = stage.running().contains(&member);
    let length = millis(rng.next() % 4_000);
    match rng.next() % 10 {
        0 if runs && stage.running().len() > 1 => stage.crash(member),
        0 | 1 if !runs && !left.contains(&member) => stage.restart(member),
        2 if runs => stage.cut(member),
        3 => stage.stall(member, length),
        4 => stage.suspend(member, length),
        5 => stage.set_conditions(random_network(rng)),
        6 if stage.members() < MAX_MEMBERS => {
            let role = [JoinRole::Player, JoinRole::Spectator][(rng.next() % 2) as usize];
            members.push(stage.join(role));
        }
        7 if runs && member != HOST && stage.running().len() > 2 => {
            stage.participant_mut(member).leave();
            stage.run(millis(20));
            stage.crash(member);
            left.push(member);
        }
        _ if runs => stage.peer_mut(member).steer((rng.next() % 9) as u8),
        _ => {}
    }
}

fn check(seed: u64) {
    let mut rng = Rng::new(seed);
    let network = random_network(&mut rng);
    let options = HostOptions {
        pace: [Pace::ECO, Pace::NORMAL, Pace::FAST, Pace::FASTEST][(rng.next() % 4) as usize],
        repeat: (rng.next() % 4) as u8,
        fair: rng.next().is_multiple_of(2),
    };
    let mut stage = Stage::start(seed, network, true, options);
    if rng.next().is_multiple_of(2) {
        stage.relay.stop_observing();
    }
    let mut members = vec![HOST];
    members.extend((0..=(rng.next() % 3)).map(|_| stage.join(JoinRole::Player)));
    stage.run(millis(1_500));

    let mut left = Vec::new();
    let mut passed = 0;
    while passed < FAULTS {
        let pause = rng.next() % 300;
        stage.run(millis(pause));
        passed += pause;
        inject_fault(&mut stage, &mut rng, &mut members, &mut left);
    }

    stage.set_conditions(Conditions {
        latency: millis(30),
        ..Conditions::PERFECT
    });
    for member in members.iter().copied() {
        if !stage.running().contains(&member) && !left.contains(&member) {
            stage.restart(member);
        }
    }
    stage.run(Duration::from_secs(25));
    // A member whose seat was given up during a long absence has ended with a reason.
    for member in stage.running() {
        if let Status::Over { reason } = stage.participant(member).status() {
            assert!(!reason.is_empty());
            stage.crash(member);
        }
    }
    converged(&stage);
}

#[expect(clippy::print_stdout, reason = "prints the seed of a failing match")]
fn check_all(seeds: core::ops::Range<u64>) {
    for seed in seeds {
        println!("seed {seed}");
        check(seed);
    }
}

#[test]
fn matches_with_seeds_below_500_converge() {
    check_all(0..500);
}

#[test]
fn matches_with_seeds_from_500_converge() {
    check_all(500..1_000);
}
