use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use arena::Arena;
use client::peer::{Peer, Progress};
use headless::{bots, host};
use link::{Conditions, Socket};
use netcode::HostOptions;
use protocol::{Code, JoinMatch, JoinRole, Ticket};

use crate::default_match::LastWill;
use relay_testing::PATIENCE;
use relay_testing::server::TestRelay;

fn join(rig: &TestRelay, code: Code) -> Ticket {
    let wish = JoinMatch {
        rules: headless::rules(),
        callsign: "Ada".parse().unwrap(),
        role: JoinRole::Player,
    };
    rig.client().join(code, &wish).wait().unwrap()
}

/// Plays until `enough`.
fn play(ticket: Ticket, enough: impl Fn(&Peer<Arena, Socket>) -> bool) {
    let socket = Socket::open(client::connect(&ticket)).unwrap();
    let started = Instant::now();
    let mut peer = Peer::join(ticket, socket, HostOptions::default(), Duration::ZERO);
    while !enough(&peer) {
        assert!(started.elapsed() < PATIENCE, "{:?}", peer.progress());
        peer.update(started.elapsed());
        peer.link().wait(Duration::from_millis(10));
    }
    peer.leave();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_match_is_open_and_can_be_played() {
    let rig = TestRelay::start_with(|options| {
        options.default_match = Some(Arc::new(LastWill { bots: 3 }));
    })
    .await;
    let rig = tokio::task::spawn_blocking(move || {
        let started = Instant::now();
        let code = loop {
            match rig.client().matches().wait().unwrap().first() {
                Some(row) => break row.code,
                None => assert!(started.elapsed() < PATIENCE, "the house match should open"),
            }
        };
        let ticket = join(&rig, code);
        play(ticket, |peer| peer.progress() == Progress::Playing);
        let mut over_websocket = join(&rig, code);
        over_websocket.mqtt.tcp = None;
        play(over_websocket, |peer| peer.progress() == Progress::Playing);
        rig
    })
    .await
    .unwrap();
    rig.server.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_play_a_headless_host_s_match_and_report() {
    let rig = TestRelay::start().await;
    let report = tokio::task::spawn_blocking(move || {
        let stop = Arc::new(AtomicBool::new(false));
        let (opened, code) = mpsc::channel();
        let settings = host::Settings {
            url: rig.server.url(),
            name: "Test".into(),
            bots: 2,
            identity: None,
            options: HostOptions::default(),
            conditions: Conditions::PERFECT,
        };
        let host = {
            let stop = Arc::clone(&stop);
            thread::spawn(move || {
                host::run(&settings, &stop, |ticket| opened.send(ticket.code).unwrap())
            })
        };
        let code = code.recv().unwrap();
        let mut report = Vec::new();
        let settings = bots::Settings {
            url: rig.server.url(),
            code,
            count: 2,
            seed: 1,
            duration: Some(Duration::from_secs(2)),
            conditions: Conditions {
                latency: Duration::from_millis(100),
                ..Conditions::PERFECT
            },
        };
        bots::run(&settings, &AtomicBool::new(false), &mut report).unwrap();
        stop.store(true, Ordering::Relaxed);
        host.join().unwrap().unwrap();
        String::from_utf8(report).unwrap()
    })
    .await
    .unwrap();
    assert!(report.contains("2 bots play match"), "{report}");
    assert!(
        report.contains("Bot-01") && report.contains("Bot-02"),
        "{report}"
    );
    assert!(!report.contains("in 0.0 msg/s"), "{report}");
    for (_, rest) in report
        .lines()
        .filter_map(|line| line.split_once("round trip "))
    {
        let (round_trip, _) = rest.split_once(" ms").unwrap();
        let round_trip: f64 = round_trip.parse().unwrap();
        // Zero means not measured; a measurement is at most one tick too short.
        assert!(round_trip == 0.0 || round_trip > 180.0, "{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_headless_host_ends_a_match_that_nobody_else_flies_in() {
    let rig = TestRelay::start().await;
    tokio::task::spawn_blocking(move || {
        let settings = host::Settings {
            url: rig.server.url(),
            name: "Test".into(),
            bots: 2,
            identity: None,
            options: HostOptions::default(),
            conditions: Conditions::PERFECT,
        };
        host::run(&settings, &AtomicBool::new(true), |_| ()).unwrap();
        assert!(rig.client().matches().wait().unwrap().is_empty());
    })
    .await
    .unwrap();
}
