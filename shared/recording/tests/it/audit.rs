use core::time::Duration;

use arena::{Arena, Buttons, Controls, Heading, Say};
use link::memory::Conditions;
use netcode::wire::{self, Change, Delta, Downlink, Input, Keyframe};
use netcode::{Simulation, Slot, Tick};
use protocol::Roster;
use protocol::{Epoch, PlayerId};
use recording::audit::{Audit, Charge, Note, Report};
use recording::replay::Replay;
use recording::{Entry, Source};

use super::cheat::{Cheat, Tamper, altered};
use super::field::{BROADBAND, Field, Setup, deltas, honest, millis, roster, succession};
use arena::scene::{Scene, at};

fn audit(entries: &[Entry]) -> Report {
    Audit::<Arena>::of(entries)
}

#[test]
fn an_honest_host_that_is_observed_without_loss_is_checked_in_full() {
    for seed in 0..4 {
        let setup = Setup {
            host_flies: seed % 2 == 1,
            ..Setup::new(seed)
        };
        let report = audit(&honest(setup, millis(10_000)));
        assert!(report.is_clean(), "seed {seed}: {report}");
        assert_eq!(report.unobserved_ticks, 0, "{report}");
        assert_eq!(report.unreadable, 0, "{report}");
        assert!(report.ticks > 500, "{report}");
        assert!(report.keyframes >= 4, "{report}");
        assert!(report.inputs > 100, "{report}");
        assert!(
            report.unverified_inputs * 5 < report.inputs,
            "seed {seed}: {report}"
        );
    }
}

#[test]
fn no_network_makes_an_honest_host_look_guilty() {
    let bad = Conditions {
        latency: millis(60),
        jitter: millis(60),
        loss: 0.05,
        ..Conditions::PERFECT
    };
    let unordered = Conditions {
        jitter: millis(80),
        duplicate: 0.3,
        unordered: true,
        ..BROADBAND
    };
    let lossy = Conditions {
        drop: 0.1,
        ..BROADBAND
    };
    let all = Conditions {
        drop: 0.05,
        loss: 0.05,
        ..unordered
    };
    let mut unobserved = 0;
    for (seed, conditions) in (10..).zip([bad, unordered, lossy, all, Conditions::PERFECT]) {
        for calm in [3, 20] {
            let setup = Setup {
                host_flies: calm == 3,
                calm,
                ..Setup::new(seed * calm).on(conditions)
            };
            let report = audit(&honest(setup, millis(8_000)));
            assert!(report.is_clean(), "{conditions:?}: {report}");
            assert!(report.ticks > 100, "{conditions:?}: {report}");
            unobserved += report.unobserved_ticks;
        }
    }
    assert!(unobserved > 0, "nothing was lost");
}

#[test]
fn only_the_recorder_s_loss_is_no_offence() {
    for seed in 30..34 {
        let setup = Setup {
            recorder: Conditions {
                drop: 0.2,
                unordered: true,
                ..BROADBAND
            },
            calm: 4,
            ..Setup::new(seed)
        };
        let report = audit(&honest(setup, millis(8_000)));
        assert!(report.is_clean(), "seed {seed}: {report}");
        assert!(report.unobserved_ticks > 0, "{report}");
        assert!(report.inputs > 0, "{report}");
    }
}

#[test]
fn repetitions_make_up_for_the_recorder_s_loss() {
    let seen = |repeat: u8| {
        let mut unobserved = 0;
        for seed in 30..34 {
            let setup = Setup {
                recorder: Conditions {
                    drop: 0.1,
                    ..BROADBAND
                },
                repeat,
                calm: 4,
                ..Setup::new(seed)
            };
            let entries = honest(setup, millis(8_000));
            let report = audit(&entries);
            assert!(report.is_clean(), "seed {seed}: {report}");
            unobserved += report.unobserved_ticks;
            let replay = Replay::<Arena>::new(&entries).unwrap();
            let ticks = replay.first().0..=replay.last().0;
            unobserved += ticks
                .filter(|&tick| {
                    let mut replay = replay.clone();
                    tick % 50 == 0 && {
                        replay.seek(Tick(tick));
                        replay.is_guess()
                    }
                })
                .count() as u64;
        }
        unobserved
    };
    let (without, with) = (seen(0), seen(3));
    assert!(
        without > 100 && with <= without / 4,
        "{without} ticks unobserved without repetitions, {with} with"
    );
}

#[test]
fn a_stalled_host_is_no_cheat() {
    let mut field = Field::new(
        Setup {
            calm: 2,
            ..Setup::new(40)
        },
        Arena::new(40, 4),
        Tamper::not,
    );
    field.run(millis(3_000));
    field.stall_host(millis(1_200));
    field.run(millis(4_000));
    field.stall_guest(0, millis(900));
    let report = audit(&field.record(millis(4_000)));
    assert!(report.is_clean(), "{report}");
    assert!(report.inputs > 50, "{report}");
}

/// Does something untoward after five seconds; the audit must say so within a heartbeat.
#[track_caller]
fn check_deed(seed: u64, deed: fn(&mut Scene)) {
    const AFTER: u32 = 300;
    let arena = Cheat::new(Arena::new(seed, 4), AFTER, deed);
    let field = Field::new(Setup::new(seed), arena, Tamper::not);
    let report = audit(&field.record(millis(9_000)));
    let first = report.first().unwrap_or_else(|| panic!("{report}"));
    assert!(
        matches!(first.charge, Charge::FalseState { .. }),
        "{report}"
    );
    let late = first.tick.since(Tick(AFTER));
    assert!((0..=31).contains(&late), "{late} ticks late: {report}");
    assert_eq!(report.offence_count, 1, "it heals: {report}");
    assert!(report.ticks > 400, "{report}");
    assert!(report.to_string().contains("OFFENCE: epoch 1"), "{report}");
}

#[test]
fn a_teleported_ship_is_caught() {
    check_deed(50, |scene| scene.ships[0].position = at(123, 45));
}

#[test]
fn a_forged_score_is_caught() {
    check_deed(51, |scene| scene.ships[1].score += 1);
}

#[test]
fn a_shifted_hit_is_caught() {
    check_deed(52, |scene| {
        scene.ships[0].hull = scene.ships[0].hull.saturating_sub(1);
        scene.ships[1].hull = 3;
        scene.ships[1].kills += 1;
    });
}

/// Meddles, after a while, with one input of the pilot in slot 0.
fn meddle(seed: u64, meddle: fn(&mut Input<Controls>, Tick)) -> (Report, Tick) {
    use std::sync::{Arc, Mutex};
    let chosen = Arc::new(Mutex::new(None::<Tick>));
    let told = Arc::clone(&chosen);
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
                meddle(input, tick);
            }
        })
    });
    let report = audit(&field.record(millis(8_000)));
    let chosen = told.lock().unwrap().unwrap();
    (report, chosen)
}

#[test]
fn a_dropped_input_is_caught() {
    for seed in 60..63 {
        let (report, chosen) = meddle(seed, |input, chosen| {
            input.stamped.retain(|stamped| stamped.tick != chosen);
        });
        let first = report.first().unwrap_or_else(|| panic!("{report}"));
        assert!(
            matches!(first.charge, Charge::Dropped { stamp, .. } if stamp == chosen),
            "{chosen}: {report}"
        );
        assert_eq!(first.slot, Slot::new(0));
        assert_eq!(report.offence_count, 1, "{report}");
    }
}

#[test]
fn a_falsified_input_is_caught() {
    for seed in 63..66 {
        let (report, chosen) = meddle(seed, |input, chosen| {
            for stamped in &mut input.stamped {
                if stamped.tick == chosen {
                    stamped.controls = Controls::aimed(Buttons::FIRE, Heading(7_777));
                }
            }
        });
        let first = report.first().unwrap_or_else(|| panic!("{report}"));
        assert!(
            matches!(first.charge, Charge::Forged { .. }),
            "{chosen}: {report}"
        );
        let late = first.tick.since(chosen);
        assert!((0..20).contains(&late), "{late} ticks late: {report}");
    }
}

/// Alters the deltas of an honest recording until `alter` says that it has done enough.
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
    assert!(altered, "there was no such delta");
    audit(&entries)
}

#[test]
fn controls_that_change_unasked_are_caught() {
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
    assert!(matches!(first.charge, Charge::Unasked { .. }), "{report}");
}

#[test]
fn a_delta_on_another_base_is_caught() {
    let report = alter_delta(71, |delta| {
        delta.span += 1;
        true
    });
    let first = report.first().unwrap_or_else(|| panic!("{report}"));
    assert!(matches!(first.charge, Charge::FalseBase { .. }), "{report}");
}

#[test]
fn an_acknowledgement_that_pretends_an_input_was_absurd_is_caught() {
    let report = alter_delta(72, |delta| {
        delta.acks.iter_mut().for_each(|ack| ack.slack = 125);
        !delta.acks.is_empty()
    });
    let first = report.first().unwrap_or_else(|| panic!("{report}"));
    assert!(matches!(first.charge, Charge::FalseAck { .. }), "{report}");
}

#[test]
fn a_false_keyframe_is_caught() {
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
    assert_eq!(first.charge, Charge::FalseKeyframe { seq: keyframe.seq });
    assert_eq!(first.tick, keyframe.tick);
}

#[test]
fn a_missing_delta_is_unobserved_and_no_offence() {
    let mut entries = honest(Setup::new(74), millis(6_000));
    let missing = deltas(&entries).nth(40).unwrap().1;
    entries.retain(|entry| {
        !matches!(
            wire::decode::<Downlink<Controls, Say>>(&entry.payload),
            Ok(Downlink::Delta(delta)) if delta == missing
        ) || !matches!(entry.source, Source::Delta(_))
    });
    let report = audit(&entries);
    assert!(report.is_clean(), "{report}");
    assert!(
        matches!(
            report.notes[..],
            [Note::Unobserved { from, to, .. }] if from < missing.tick && to >= missing.tick
        ),
        "{report}"
    );
}

/// An honest match, whose log a new host takes over `ticks` later with what `begin` makes of it.
fn handover(seed: u64, heir: &Roster, begin: impl FnOnce(Arena) -> Arena) -> (Report, Tick) {
    let mut entries = honest(
        Setup {
            calm: 8,
            ..Setup::new(seed)
        },
        millis(9_000),
    );
    let mut replay: Replay<Arena> = Replay::new(&entries).unwrap();
    replay.seek(replay.last());
    let state = begin(replay.state().clone());
    let end = entries.last().unwrap().at;
    let ticks = 25;
    entries.extend(succession(heir, replay.last() + ticks, state, end, None));
    (audit(&entries), replay.last() + ticks)
}

fn later(mut arena: Arena) -> Arena {
    for _ in 0..25 {
        arena.step(|_| ());
    }
    arena
}

fn heir(flies: bool) -> Roster {
    let heir = PlayerId::from_entropy(2_000_000);
    let others = (1..3).map(|index| PlayerId::from_entropy(2_000_000 + index));
    let first = if flies {
        heir
    } else {
        PlayerId::from_entropy(9)
    };
    let seats: Vec<PlayerId> = core::iter::once(first).chain(others).collect();
    roster(Epoch(2), heir, &seats)
}

#[test]
fn a_new_host_that_goes_on_from_the_old_log_is_clean() {
    let (report, _) = handover(80, &heir(false), later);
    assert!(report.is_clean(), "{report}");
    assert!(report.notes.is_empty(), "{report}");
    assert_eq!(report.epochs, 2, "{report}");
}

#[test]
fn a_new_host_that_begins_elsewhere_is_caught() {
    let (report, tick) = handover(81, &heir(false), |arena| {
        altered(&later(arena), |scene| scene.ships[2].score += 40)
    });
    let first = report.first().unwrap_or_else(|| panic!("{report}"));
    assert!(
        matches!(first.charge, Charge::Discontinuity { .. }),
        "{report}"
    );
    assert_eq!((first.epoch, first.tick), (Epoch(2), tick));
}

/// A host that went away and came back in its own epoch, `ticks` later.
fn restart(seed: u64, begin: impl FnOnce(Arena) -> Arena) -> Report {
    let setup = Setup {
        calm: 8,
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
fn a_host_that_comes_back_goes_on_from_what_it_knew() {
    let report = restart(83, later);
    assert!(report.is_clean() && report.notes.is_empty(), "{report}");
    let report = restart(84, |arena| {
        altered(&later(arena), |scene| scene.ships[2].score += 40)
    });
    let first = report.first().unwrap_or_else(|| panic!("{report}"));
    assert!(
        matches!(first.charge, Charge::FalseKeyframe { .. }),
        "{report}"
    );
}

#[test]
fn a_new_host_s_own_hands_are_no_offence() {
    let slot = Slot::new(0).unwrap();
    let (report, _) = handover(82, &heir(true), |mut arena| {
        arena.steer(slot, Controls::new(Buttons::BOOST | Buttons::LEFT));
        later(arena)
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

#[test]
fn bytes_that_are_no_message_are_counted() {
    let mut entries = honest(Setup::new(90), millis(2_000));
    for payload in [&[][..], &[1, 255, 255], &[9; 5_000]] {
        for source in [
            Source::Delta(Epoch(1)),
            Source::Uplink(PlayerId::from_entropy(2_000_000)),
        ] {
            entries.push(Entry {
                at: Duration::from_secs(1),
                source,
                payload: payload.into(),
            });
        }
    }
    let report = audit(&entries);
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.unreadable, 6, "{report}");
}
