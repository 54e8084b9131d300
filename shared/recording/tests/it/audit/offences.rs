//! Hosts that cheat: each kind of offence is found.

use std::sync::{Arc, Mutex};

use arena::scene::{Scene, at};
use arena::{Arena, Buttons, Controls, Heading, Say};
use netcode::wire::{self, Change, Delta, Downlink, Input, Keyframe};
use netcode::{Slot, Tick};
use recording::Source;
use recording::audit::{OffenceKind, Report};

use super::audit;
use crate::cheat::{Cheat, Tamper, altered};
use crate::field::{Field, Setup, honest, millis};

/// The host alters its state after five seconds; the audit must report that within a heartbeat.
#[track_caller]
fn check_alteration(seed: u64, alter: fn(&mut Scene)) {
    const AFTER: u32 = 300;
    let arena = Cheat::new(Arena::new(seed, 4), AFTER, alter);
    let field = Field::new(Setup::new(seed), arena, Tamper::none);
    let report = audit(&field.record(millis(9_000)));
    let first = report.first().unwrap_or_else(|| panic!("{report}"));
    assert!(
        matches!(first.kind, OffenceKind::WrongState { .. }),
        "{report}"
    );
    let late = first.tick.since(Tick(AFTER));
    assert!((0..=31).contains(&late), "{late} ticks late: {report}");
    assert_eq!(report.offence_count, 1, "reported once: {report}");
    assert!(report.ticks > 400, "{report}");
    assert!(report.to_string().contains("OFFENCE: epoch 1"), "{report}");
}

#[test]
fn an_altered_position_is_an_offence() {
    check_alteration(50, |scene| scene.ships[0].position = at(123, 45));
}

#[test]
fn an_altered_score_is_an_offence() {
    check_alteration(51, |scene| scene.ships[1].score += 1);
}

#[test]
fn a_hit_moved_to_another_ship_is_an_offence() {
    check_alteration(52, |scene| {
        scene.ships[0].hull = scene.ships[0].hull.saturating_sub(1);
        scene.ships[1].hull = 3;
        scene.ships[1].kills += 1;
    });
}

/// Alters, after tick 200, one input of the player in slot 0 before the host receives it; returns the
/// report and the tick for which the input is stamped.
fn alter_input(seed: u64, alter: fn(&mut Input<Controls>, Tick)) -> (Report, Tick) {
    let chosen = Arc::new(Mutex::new(None::<Tick>));
    let result = Arc::clone(&chosen);
    let setup = Setup {
        players: 1,
        ..Setup::new(seed)
    };
    let mut held = Controls::IDLE;
    let field = Field::new(setup, Arena::new(seed, 4), |socket| {
        Tamper::new(socket, move |input| {
            let mut chosen = chosen.lock().unwrap();
            let newest = *input.stamped.last().unwrap();
            if chosen.is_none() && newest.tick > Tick(200) && newest.controls != held {
                *chosen = Some(newest.tick);
            }
            held = newest.controls;
            if let Some(tick) = *chosen {
                alter(input, tick);
            }
        })
    });
    let report = audit(&field.record(millis(8_000)));
    let chosen = result.lock().unwrap().unwrap();
    (report, chosen)
}

#[test]
fn dropping_an_input_is_an_offence() {
    for seed in 60..63 {
        let (report, chosen) = alter_input(seed, |input, chosen| {
            input.stamped.retain(|stamped| stamped.tick != chosen);
        });
        let first = report.first().unwrap_or_else(|| panic!("{report}"));
        assert!(
            matches!(first.kind, OffenceKind::Dropped { stamp, .. } if stamp == chosen),
            "{chosen}: {report}"
        );
        assert_eq!(first.slot, Slot::new(0));
        assert_eq!(report.offence_count, 1, "{report}");
    }
}

#[test]
fn altering_an_input_is_an_offence() {
    for seed in 63..66 {
        let (report, chosen) = alter_input(seed, |input, chosen| {
            for stamped in &mut input.stamped {
                if stamped.tick == chosen {
                    stamped.controls = Controls::aimed(Buttons::FIRE, Heading(7_777));
                }
            }
        });
        let first = report.first().unwrap_or_else(|| panic!("{report}"));
        assert!(
            matches!(first.kind, OffenceKind::Forged { .. }),
            "{chosen}: {report}"
        );
        let late = first.tick.since(chosen);
        assert!((0..20).contains(&late), "{late} ticks late: {report}");
    }
}

/// Applies `alter` to the deltas of an honest recording until it returns `true`.
fn alter_delta(seed: u64, mut alter: impl FnMut(&mut Delta<Controls, Say>) -> bool) -> Report {
    let mut entries = honest(Setup::new(seed), millis(6_000));
    let altered = entries.iter_mut().skip(60).any(|entry| {
        let Source::Delta(_) = entry.source else {
            return false;
        };
        let Ok(Downlink::Delta(mut delta)) = wire::decode(&entry.payload) else {
            return false;
        };
        let done = alter(&mut delta);
        if done {
            entry.payload = wire::encode(&Downlink::Delta(delta)).unwrap();
        }
        done
    });
    assert!(altered, "no delta was altered");
    audit(&entries)
}

#[test]
fn changing_controls_without_an_acknowledgement_is_an_offence() {
    let report = alter_delta(70, |delta| {
        let steered = delta
            .changes
            .iter()
            .any(|timed| matches!(timed.change, Change::Steer(_)));
        if steered {
            delta.acks.clear();
        }
        steered
    });
    let first = report.first().unwrap_or_else(|| panic!("{report}"));
    assert!(
        matches!(first.kind, OffenceKind::Unrequested { .. }),
        "{report}"
    );
}

#[test]
fn a_delta_with_a_wrong_base_is_an_offence() {
    let report = alter_delta(71, |delta| {
        delta.span += 1;
        true
    });
    let first = report.first().unwrap_or_else(|| panic!("{report}"));
    assert!(
        matches!(first.kind, OffenceKind::WrongBase { .. }),
        "{report}"
    );
}

#[test]
fn acknowledging_an_input_as_too_far_ahead_is_an_offence_if_it_was_not() {
    let report = alter_delta(72, |delta| {
        delta.acks.iter_mut().for_each(|ack| ack.slack = 125);
        !delta.acks.is_empty()
    });
    let first = report.first().unwrap_or_else(|| panic!("{report}"));
    assert!(
        matches!(first.kind, OffenceKind::WrongAck { .. }),
        "{report}"
    );
}

#[test]
fn an_altered_keyframe_is_an_offence() {
    let mut entries = honest(Setup::new(73), millis(6_000));
    let entry = entries
        .iter_mut()
        .rfind(|entry| matches!(entry.source, Source::Keyframe(_)))
        .unwrap();
    let mut keyframe: Keyframe<Arena> = wire::decode(&entry.payload).unwrap();
    keyframe.state = altered(&keyframe.state, |scene| scene.ships[0].score += 9);
    entry.payload = wire::encode(&keyframe).unwrap();
    let report = audit(&entries);
    let first = report.first().unwrap_or_else(|| panic!("{report}"));
    assert_eq!(first.kind, OffenceKind::WrongKeyframe { seq: keyframe.seq });
    assert_eq!(first.tick, keyframe.tick);
}
