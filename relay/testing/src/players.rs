//! Participants that play over real sockets.

use std::thread;
use std::time::{Duration, Instant};

use arena::Arena;
use client::lobby::Client;
use client::participant::{Online, Participant, Status};
use link::Conditions;
use netcode::HostOptions;
use netcode::Tick;
use protocol::{Code, CreateMatch, JoinMatch, JoinRole};

use crate::PATIENCE;

/// A participant over real sockets.
pub type TestPlayer = Participant<Arena, Online>;

fn online(client: &Client, seed: u64) -> Online {
    Online {
        client: client.clone(),
        conditions: Conditions::PERFECT,
        seed,
    }
}

/// Opens a match of this many seats and plays in it as its host.
pub fn host(client: &Client, max_players: u8) -> TestPlayer {
    let wish = CreateMatch {
        rules: headless::rules(),
        name: "Test".try_into().unwrap(),
        callsign: Some("Eve".parse().unwrap()),
        max_players,
        public: true,
    };
    let ticket = client.create(&wish).wait().unwrap();
    let (online, arena) = (online(client, 0), Arena::new(1, 0));
    Participant::host(
        ticket,
        online,
        arena,
        HostOptions::default(),
        Duration::ZERO,
    )
    .unwrap()
}

/// Joins the match with this code as a player; `seed` is of its network conditions.
pub fn join(client: &Client, code: Code, seed: u64) -> TestPlayer {
    let wish = JoinMatch {
        rules: headless::rules(),
        callsign: "Ada".parse().unwrap(),
        role: JoinRole::Player,
    };
    let ticket = client.join(code, &wish).wait().unwrap();
    let online = online(client, seed);
    Participant::join(ticket, online, HostOptions::default(), Duration::ZERO).unwrap()
}

/// Updates all participants until `done` returns `true`.
///
/// # Panics
/// If it does not within [`PATIENCE`].
pub fn play(
    pilots: &mut [TestPlayer],
    started: Instant,
    mut done: impl FnMut(&mut [TestPlayer]) -> bool,
) {
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

/// Whether it plays with a live host.
pub fn plays(pilot: &TestPlayer) -> bool {
    pilot.status() == Status::Playing && pilot.peer().is_live()
}

/// The number of ticks from `since` on with equal checksums; different ones are a panic.
fn common_checksums(one: &TestPlayer, other: &TestPlayer, since: Tick) -> usize {
    let known: Vec<_> = one.peer().history().iter().collect();
    let common = other.peer().history().iter().filter(|(tick, checksum)| {
        let same = known.iter().find(|(at, _)| at == tick);
        assert!(same.is_none_or(|(_, truth)| truth == checksum), "{tick}");
        same.is_some() && *tick >= since
    });
    common.count()
}

/// Plays until all have had the same state for several ticks.
pub fn play_in_agreement(pilots: &mut [TestPlayer], started: Instant) {
    let (now, _) = pilots[0].peer().present().unwrap();
    play(pilots, started, |pilots| {
        let [one, rest @ ..] = pilots else {
            return false;
        };
        rest.iter()
            .all(|other| common_checksums(one, other, now) > 5)
    });
}
