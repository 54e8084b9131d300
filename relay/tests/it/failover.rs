use std::process::{Command, Stdio};
use std::time::Instant;

use netcode::Simulation;
use protocol::Epoch;

use relay_testing::PATIENCE;
use relay_testing::players::{join, play, play_in_agreement, plays};
use relay_testing::server::TestRelay;

#[expect(clippy::print_stdout, reason = "the figure is what one wants to know")]
fn outlives_its_host(rig: &TestRelay) {
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
    play_in_agreement(&mut pilots, started);
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
    let rig = TestRelay::start().await;
    let rig = tokio::task::spawn_blocking(move || {
        outlives_its_host(&rig);
        rig
    })
    .await
    .unwrap();
    rig.server.shut_down().await;
}
