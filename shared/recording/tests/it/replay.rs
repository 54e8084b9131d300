//! Tests of replays.

use core::time::Duration;
use std::collections::BTreeMap;

use arena::{Arena, Event};
use arena::{Emote, Say};
use link::memory::Conditions;
use netcode::Notice;
use netcode::{Simulation, Tick};
use protocol::{Epoch, PlayerId};
use recording::replay::{Replay, ReplayError, Speed};
use recording::{Entry, Source};

use super::cheat::Tamper;
use super::field::{BROADBAND, Field, Setup, deltas, honest, millis, roster, succession};

/// The length of a tick, rounded up to nanoseconds.
const TICK: Duration = Duration::from_nanos(16_666_667);

/// Plays the whole recording tick by tick; returns the checksum of each tick, and all notices.
fn play(replay: &mut Replay<Arena>) -> (BTreeMap<Tick, u32>, Vec<Notice<Event, Say>>) {
    replay.seek(replay.first());
    let mut checksums = BTreeMap::new();
    let mut notices = Vec::new();
    let mut now = Duration::ZERO;
    loop {
        checksums.insert(replay.tick(), replay.state().checksum());
        notices.extend(replay.drain_notices());
        if replay.is_over() {
            return (checksums, notices);
        }
        now += TICK;
        replay.advance(now);
    }
}

/// The published checksum of each tick; the last one if there are several.
fn published(entries: &[Entry], epoch: Epoch) -> BTreeMap<Tick, u32> {
    deltas(entries)
        .filter(|(of, _)| *of == epoch)
        .map(|(_, delta)| (delta.tick, u32::from_le_bytes(delta.checksum)))
        .collect()
}

#[test]
fn a_replay_reproduces_the_published_checksums() {
    let entries = honest(
        Setup {
            host_plays: true,
            ..Setup::new(1)
        },
        millis(8_000),
    );
    let mut replay: Replay<Arena> = Replay::new(&entries).unwrap();
    let (played, _) = play(&mut replay);
    let published = published(&entries, Epoch(1));
    assert!(published.len() > 60, "{} deltas", published.len());
    for (tick, checksum) in &published {
        if *tick >= replay.first() {
            assert_eq!(played.get(tick), Some(checksum), "tick {tick}");
        }
    }
    assert_eq!(
        played.len() as u32,
        replay.last().0 - replay.first().0 + 1,
        "every tick should be played"
    );
}

#[test]
fn seeking_gives_the_same_state_as_playing() {
    let lossy = Conditions {
        drop: 0.05,
        ..BROADBAND
    };
    let setup = Setup {
        recorder: lossy,
        ..Setup::new(2)
    };
    let entries = honest(setup, millis(8_000));
    let mut replay: Replay<Arena> = Replay::new(&entries).unwrap();
    let (played, _) = play(&mut replay);
    let span = replay.last().0 - replay.first().0;
    for step in 0..150 {
        let tick = replay.first() + step * 7919 % span;
        replay.seek(tick);
        assert_eq!(replay.tick(), tick);
        assert_eq!(replay.state().checksum(), played[&tick], "tick {tick}");
        let position = replay.position();
        replay.seek_to(position);
        assert_eq!(
            replay.tick(),
            tick,
            "seeking to its position should give the same tick"
        );
    }
    replay.seek_to(replay.length());
    assert!(replay.is_over());
    let predicted = played.keys().filter(|tick| {
        replay.seek(**tick);
        replay.is_guess()
    });
    assert!(predicted.count() > 0, "some ticks should be predicted");
}

#[test]
fn messages_and_events_are_reported_while_playing() {
    let mut field = Field::new(Setup::new(3), Arena::new(3, 4), Tamper::none);
    field.run(millis(2_000));
    let message = Say::Emote(Emote::GoodGame);
    let slot = field.guests[1].slot().unwrap();
    field.guests[1].message(message.clone());
    let entries = field.record(millis(3_000));
    let mut replay: Replay<Arena> = Replay::new(&entries).unwrap();
    let (_, notices) = play(&mut replay);
    assert!(notices.contains(&Notice::Message { slot, message }));
    assert!(notices.iter().any(|notice| matches!(
        notice,
        Notice::Confirmed {
            event: Event::Spawned { .. },
            ..
        }
    )));
    assert_eq!(replay.roster().unwrap().seats.len(), 3);
    replay.seek(replay.first());
    assert_eq!(
        replay.drain_notices().count(),
        0,
        "seeking should report nothing"
    );
}

#[test]
fn a_replay_continues_across_a_change_of_host() {
    let mut entries = honest(Setup::new(4), millis(4_000));
    let end = entries.last().unwrap().at;
    let mut replay: Replay<Arena> = Replay::new(&entries).unwrap();
    let first = replay.first();
    replay.seek(replay.last());
    let mut state = replay.state().clone();
    for _ in 0..20 {
        state.step(|_| ());
    }
    let takeover = replay.last() + 20;
    let successor = roster(Epoch(2), PlayerId::from_entropy(5), &[]);
    entries.extend(succession(&successor, takeover, state, end, None));

    let mut replay: Replay<Arena> = Replay::new(&entries).unwrap();
    assert_eq!(replay.first(), first);
    assert!(replay.last() > takeover + 20);
    let (played, _) = play(&mut replay);
    for (tick, checksum) in published(&entries, Epoch(2)) {
        assert_eq!(played[&tick], checksum, "tick {tick}");
    }
    replay.seek(takeover - 1);
    assert_eq!(
        replay.epoch(),
        Epoch(1),
        "until the new host's first keyframe"
    );
    replay.seek(takeover - 21);
    assert_eq!(replay.roster().unwrap().epoch, Epoch(1));
    replay.seek(takeover);
    assert_eq!(replay.epoch(), Epoch(2));
    assert_eq!(replay.roster().unwrap().host, successor.host);
}

#[test]
fn speed_and_pause_apply() {
    let entries = honest(Setup::new(5), millis(6_000));
    let mut replay: Replay<Arena> = Replay::new(&entries).unwrap();
    let mut now = Duration::from_secs(100);
    replay.advance(now);
    assert_eq!(replay.tick(), replay.first(), "the first call starts");
    let mut check = |speed, time: Duration, ticks: u32| {
        replay.seek(replay.first());
        replay.set_speed(speed);
        now += time;
        replay.advance(now);
        assert_eq!(replay.tick().0 - replay.first().0, ticks, "{speed:?}");
    };
    check(Speed::Normal, millis(500), 30);
    check(Speed::Quarter, millis(1_000), 15);
    check(Speed::Eightfold, millis(500), 240);
    // More than a second counts as one second.
    check(Speed::Double, Duration::from_secs(60), 120);
    replay.set_paused(true);
    let tick = replay.tick();
    replay.advance(now + millis(500));
    assert_eq!(replay.tick(), tick);
    replay.set_paused(false);
    replay.advance(now + millis(550));
    assert_eq!(replay.tick(), tick + 6, "the pause does not count");
    replay.seek_to(millis(1_000));
    assert_eq!(replay.tick(), replay.first() + 60);
    assert_eq!(replay.position(), millis(1_000));
}

#[test]
fn a_recording_without_a_keyframe_cannot_be_played() {
    let mut entries = honest(Setup::new(6), millis(1_000));
    entries.retain(|entry| !matches!(entry.source, Source::Keyframe(_)));
    assert_eq!(
        Replay::<Arena>::new(&entries).err(),
        Some(ReplayError::NoKeyframe)
    );
}

#[test]
fn undecodable_payloads_and_duplicates_are_ignored() {
    let mut entries = honest(Setup::new(7), millis(3_000));
    let expected = {
        let mut replay: Replay<Arena> = Replay::new(&entries).unwrap();
        play(&mut replay).0
    };
    for index in (0..entries.len()).step_by(3) {
        let mut malformed = entries[index].clone();
        malformed.payload = vec![1, 0, 255, 255, 3];
        entries.insert(index, malformed);
        let twice = entries[index + 1].clone();
        entries.insert(index, twice);
    }
    let mut replay: Replay<Arena> = Replay::new(&entries).unwrap();
    assert_eq!(play(&mut replay).0, expected);
}
