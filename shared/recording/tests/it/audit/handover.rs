//! Handovers to a new host, and hosts that return: only those that continue the log are accepted.

use arena::{Arena, Buttons, Controls};
use netcode::wire::{self, Keyframe};
use netcode::{Simulation, Slot, Tick};
use protocol::{Epoch, PlayerId, Roster};
use recording::audit::{Note, OffenceKind, Report};
use recording::replay::Replay;
use recording::{Entry, Source};

use super::audit;
use crate::cheat::altered;
use crate::field::{Setup, deltas, honest, millis, roster, succession};

/// An honest match that the host in `successor` continues 25 ticks later, with `begin` applied to the
/// last state.
fn handover(seed: u64, successor: &Roster, begin: impl FnOnce(Arena) -> Arena) -> (Report, Tick) {
    let mut entries = honest(
        Setup {
            frames_per_input: 8,
            ..Setup::new(seed)
        },
        millis(9_000),
    );
    let mut replay: Replay<Arena> = Replay::new(&entries).unwrap();
    replay.seek(replay.last());
    let state = begin(replay.state().clone());
    let end = entries.last().unwrap().at;
    let ticks = 25;
    entries.extend(succession(
        successor,
        replay.last() + ticks,
        state,
        end,
        None,
    ));
    (audit(&entries), replay.last() + ticks)
}

fn after_25_ticks(mut arena: Arena) -> Arena {
    for _ in 0..25 {
        arena.step(|_| ());
    }
    arena
}

/// The roster of epoch 2, whose host has a seat if it `plays`.
fn successor(plays: bool) -> Roster {
    let host = PlayerId::from_entropy(2_000_000);
    let others = (1..3).map(|index| PlayerId::from_entropy(2_000_000 + index));
    let first = if plays {
        host
    } else {
        PlayerId::from_entropy(9)
    };
    let seats: Vec<PlayerId> = core::iter::once(first).chain(others).collect();
    roster(Epoch(2), host, &seats)
}

#[test]
fn a_new_host_may_continue_the_old_log() {
    let (report, _) = handover(80, &successor(false), after_25_ticks);
    assert!(report.is_clean(), "{report}");
    assert!(report.notes.is_empty(), "{report}");
    assert_eq!(report.epochs, 2, "{report}");
}

#[test]
fn a_new_host_that_does_not_continue_the_old_log_commits_an_offence() {
    let (report, tick) = handover(81, &successor(false), |arena| {
        altered(&after_25_ticks(arena), |scene| scene.ships[2].score += 40)
    });
    let first = report.first().unwrap_or_else(|| panic!("{report}"));
    assert!(
        matches!(first.kind, OffenceKind::Discontinuity { .. }),
        "{report}"
    );
    assert_eq!((first.epoch, first.tick), (Epoch(2), tick));
}

/// An honest match whose host was disconnected and returns in its own epoch 25 ticks later, with
/// `begin` applied to the last state.
fn resume_host(seed: u64, begin: impl FnOnce(Arena) -> Arena) -> Report {
    let setup = Setup {
        frames_per_input: 8,
        ..Setup::new(seed)
    };
    let mut entries = honest(setup, millis(9_000));
    let mut replay: Replay<Arena> = Replay::new(&entries).unwrap();
    replay.seek(replay.last());
    let (_, last) = deltas(&entries).last().unwrap();
    let keyframe = Keyframe {
        epoch: Epoch(1),
        seq: last.seq,
        tick: last.tick + 25,
        state: begin(replay.state().clone()),
    };
    let at = entries.last().unwrap().at;
    let payload = wire::encode(&keyframe).unwrap();
    let source = Source::Keyframe(Epoch(1));
    entries.push(Entry {
        at,
        source,
        payload,
    });
    audit(&entries)
}

#[test]
fn a_host_that_returns_must_continue_from_its_last_state() {
    let report = resume_host(83, after_25_ticks);
    assert!(report.is_clean() && report.notes.is_empty(), "{report}");
    let report = resume_host(84, |arena| {
        altered(&after_25_ticks(arena), |scene| scene.ships[2].score += 40)
    });
    let first = report.first().unwrap_or_else(|| panic!("{report}"));
    assert!(
        matches!(first.kind, OffenceKind::WrongKeyframe { .. }),
        "{report}"
    );
}

#[test]
fn unobserved_inputs_of_a_new_host_are_not_an_offence() {
    let slot = Slot::new(0).unwrap();
    let (report, _) = handover(82, &successor(true), |mut arena| {
        arena.steer(slot, Controls::new(Buttons::BOOST | Buttons::LEFT));
        after_25_ticks(arena)
    });
    assert!(report.is_clean(), "{report}");
    assert!(
        matches!(
            report.notes[..],
            [Note::Handover {
                epoch: Epoch(2),
                ..
            }]
        ),
        "{report}"
    );
}
