//! A thousand seeded matches in which everything goes wrong at once; each must end with one host
//! and everybody holding its state.

use core::time::Duration;

use client::participant::Status;
use protocol::JoinRole;
use rng::Rng;
use netcode::{HostOptions, Pace};
use link::memory::Conditions;

use super::migration::converged;
use super::stage::{HOST, Stage, millis};

/// Chaos lasts this long, in milliseconds.
const CHAOS: u64 = 10_000;

/// Members at the end, spectators included.
const MAX_MEMBERS: usize = 8;

fn any_network(rng: &mut Rng) -> Conditions {
    let percent = |rng: &mut Rng, most: u64| (rng.next() % (most + 1)) as f64 / 100.0;
    Conditions {
        latency: millis(rng.next() % 120),
        jitter: millis(rng.next() % 60),
        loss: percent(rng, 5),
        drop: percent(rng, 5),
        duplicate: percent(rng, 10),
        unordered: (rng.next() % 2) == 0,
        ..Conditions::PERFECT
    }
}

fn disturb(stage: &mut Stage, rng: &mut Rng, members: &mut Vec<usize>, gone: &mut Vec<usize>) {
    let member = members[(rng.next() % members.len() as u64) as usize];
    let runs = stage.running().contains(&member);
    let length = millis(rng.next() % 4_000);
    match rng.next() % 10 {
        0 if runs && stage.running().len() > 1 => stage.crash(member),
        0 | 1 if !runs && !gone.contains(&member) => stage.restart(member),
        2 if runs => stage.cut(member),
        3 => stage.stall(member, length),
        4 => stage.freeze(member, length),
        5 => stage.set_conditions(any_network(rng)),
        6 if stage.members() < MAX_MEMBERS => {
            let role = [JoinRole::Player, JoinRole::Spectator][(rng.next() % 2) as usize];
            members.push(stage.join(role));
        }
        7 if runs && member != HOST && stage.running().len() > 2 => {
            stage.participant_mut(member).leave();
            stage.run(millis(20));
            stage.crash(member);
            gone.push(member);
        }
        _ if runs => stage.peer_mut(member).steer((rng.next() % 9) as u8),
        _ => {}
    }
}

fn survives(seed: u64) {
    let mut rng = Rng::new(seed);
    let network = any_network(&mut rng);
    let options = HostOptions {
        pace: [Pace::ECO, Pace::NORMAL, Pace::FAST, Pace::FASTEST][(rng.next() % 4) as usize],
        repeat: (rng.next() % 4) as u8,
        fair: (rng.next() % 2) == 0,
    };
    let mut stage = Stage::start(seed, network, true, options);
    if (rng.next() % 2) == 0 {
        stage.relay.stop_observing();
    }
    let mut members = vec![HOST];
    members.extend((0..=(rng.next() % 3)).map(|_| stage.join(JoinRole::Player)));
    stage.run(millis(1_500));

    let mut gone = Vec::new();
    let mut passed = 0;
    while passed < CHAOS {
        let pause = rng.next() % 300;
        stage.run(millis(pause));
        passed += pause;
        disturb(&mut stage, &mut rng, &mut members, &mut gone);
    }

    stage.set_conditions(Conditions {
        latency: millis(30),
        ..Conditions::PERFECT
    });
    for member in members.iter().copied() {
        if !stage.running().contains(&member) && !gone.contains(&member) {
            stage.restart(member);
        }
    }
    stage.run(Duration::from_secs(25));
    // Whoever was away for so long that its seat was given up is told so.
    for member in stage.running() {
        if let Status::Over { reason } = stage.participant(member).status() {
            assert!(!reason.is_empty());
            stage.crash(member);
        }
    }
    converged(&stage);
}

#[expect(clippy::print_stdout, reason = "names the seed of a match that failed")]
fn all_survive(seeds: core::ops::Range<u64>) {
    for seed in seeds {
        println!("seed {seed}");
        survives(seed);
    }
}

#[test]
fn the_first_half_of_a_thousand_matches_survives() {
    all_survive(0..500);
}

#[test]
fn the_second_half_of_a_thousand_matches_survives() {
    all_survive(500..1_000);
}
