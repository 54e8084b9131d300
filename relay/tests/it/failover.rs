use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use shared::lobby::Client;
use shared::participant::{Online, Participant, Status};
use shared::protocol::{Code, Epoch, JoinMatch, JoinRole};
use shared::session::HostOptions;
use shared::sim::Simulation;
use shared::sim::arena::Arena;
use shared::transport::Conditions;

use crate::rig::{PATIENCE, Rig};

type Pilot = Participant<Arena, Online>;

fn join(client: &Client, code: Code, seed: u64) -> Pilot {
    let wish = JoinMatch {
        callsign: "Ada".parse().unwrap(),
        role: JoinRole::Player,
    };
    let ticket = client.join(code, &wish).wait().unwrap();
    let online = Online {
        client: client.clone(),
        conditions: Conditions::PERFECT,
        seed,
    };
    Participant::join(ticket, online, HostOptions::default(), Duration::ZERO).unwrap()
}

/// Plays until all are where they should be.
fn play(pilots: &mut [Pilot], started: Instant, done: impl Fn(&[Pilot]) -> bool) {
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

fn plays(pilot: &Pilot) -> bool {
    pilot.status() == Status::Playing && pilot.peer().is_live()
}

/// Ticks whose checksums both know; none may differ.
fn common_checksums(one: &Pilot, other: &Pilot) -> usize {
    let known: Vec<_> = one.peer().history().iter().collect();
    let common = other.peer().history().iter().filter(|(tick, checksum)| {
        let same = known.iter().find(|(at, _)| at == tick);
        assert!(same.is_none_or(|(_, truth)| truth == checksum), "{tick}");
        same.is_some()
    });
    common.count()
}

#[expect(clippy::print_stdout, reason = "the figure is what one wants to know")]
fn outlives_its_host(rig: &Rig) {
    let client = rig.client();
    let mut host = Command::new(env!("CARGO_BIN_EXE_relay"))
        .args(["host", "--url", &rig.server.url(), "--bots", "4"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    let code = loop {
        match client.matches().wait().unwrap().first() {
            Some(row) => break row.code,
            None => assert!(started.elapsed() < PATIENCE, "the match should open"),
        }
    };
    let mut pilots: Vec<_> = (0..3).map(|seed| join(&client, code, seed)).collect();
    play(&mut pilots, started, |pilots| pilots.iter().all(plays));
    let slots: Vec<_> = pilots.iter().map(|pilot| pilot.peer().slot()).collect();

    host.kill().unwrap();
    host.wait().unwrap();
    let killed = Instant::now();
    play(&mut pilots, started, |pilots| {
        pilots
            .iter()
            .all(|pilot| plays(pilot) && pilot.peer().epoch() == Epoch(1))
    });
    println!("in play again {:?} after the kill", killed.elapsed());

    let hosts = pilots.iter().filter(|pilot| pilot.peer().is_host()).count();
    assert_eq!(hosts, 1);
    play(&mut pilots, started, |pilots| {
        let [one, two, three] = pilots else {
            return false;
        };
        common_checksums(one, two).min(common_checksums(one, three)) > 5
    });
    for (pilot, slot) in pilots.iter().zip(&slots) {
        assert_eq!(pilot.peer().slot(), *slot);
        let (_, arena) = pilots[0].peer().present().unwrap();
        assert!(
            arena.controls(slot.unwrap()).is_some(),
            "everybody flies on"
        );
    }
    for pilot in &mut pilots {
        pilot.leave().wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_match_outlives_its_killed_host() {
    let rig = Rig::start().await;
    let rig = tokio::task::spawn_blocking(move || {
        outlives_its_host(&rig);
        rig
    })
    .await
    .unwrap();
    rig.server.shut_down().await;
}
