//! Honest hosts on any network: no offence is found.

use core::time::Duration;

use arena::{Arena, Controls, Say};
use link::memory::Conditions;
use netcode::Tick;
use netcode::wire::{self, Downlink};
use protocol::{Epoch, PlayerId};
use recording::audit::Note;
use recording::replay::Replay;
use recording::{Entry, Source};

use super::audit;
use crate::cheat::Tamper;
use crate::field::{BROADBAND, Field, Setup, deltas, honest, millis};

#[test]
fn all_ticks_of_a_log_without_loss_are_checked() {
    for seed in 0..4 {
        let setup = Setup {
            host_plays: seed % 2 == 1,
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
fn an_honest_host_commits_no_offence_on_any_network() {
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
        for frames_per_input in [3, 20] {
            let setup = Setup {
                host_plays: frames_per_input == 3,
                frames_per_input,
                ..Setup::new(seed * frames_per_input).on(conditions)
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
fn loss_on_the_recorders_link_is_not_an_offence() {
    for seed in 30..34 {
        let setup = Setup {
            recorder: Conditions {
                drop: 0.2,
                unordered: true,
                ..BROADBAND
            },
            frames_per_input: 4,
            ..Setup::new(seed)
        };
        let report = audit(&honest(setup, millis(8_000)));
        assert!(report.is_clean(), "seed {seed}: {report}");
        assert!(report.unobserved_ticks > 0, "{report}");
        assert!(report.inputs > 0, "{report}");
    }
}

#[test]
fn repeated_deltas_compensate_loss_on_the_recorders_link() {
    let unobserved_with = |repeat: u8| {
        let mut unobserved = 0;
        for seed in 30..34 {
            let setup = Setup {
                recorder: Conditions {
                    drop: 0.1,
                    ..BROADBAND
                },
                repeat,
                frames_per_input: 4,
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
    let (without, with) = (unobserved_with(0), unobserved_with(3));
    assert!(
        without > 100 && with <= without / 4,
        "{without} ticks unobserved without repetitions, {with} with"
    );
}

#[test]
fn a_stalled_host_commits_no_offence() {
    let mut field = Field::new(
        Setup {
            frames_per_input: 2,
            ..Setup::new(40)
        },
        Arena::new(40, 4),
        Tamper::none,
    );
    field.run(millis(3_000));
    field.stall_host(millis(1_200));
    field.run(millis(4_000));
    field.stall_guest(0, millis(900));
    let report = audit(&field.record(millis(4_000)));
    assert!(report.is_clean(), "{report}");
    assert!(report.inputs > 50, "{report}");
}

#[test]
fn a_missing_delta_is_reported_as_unobserved() {
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

#[test]
fn undecodable_payloads_are_counted() {
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
