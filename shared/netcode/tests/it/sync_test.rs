//! The test of determinism passes for a deterministic game, and names what is wrong with another.

use core::cell::Cell;

use netcode::{Difference, Simulation, Slot, SyncTestError, SyncTestOptions, Tick, sync_test};
use serde::{Deserialize, Serialize};

use crate::dots::Dots;
use crate::guide;

#[test]
fn a_deterministic_game_passes() {
    for seed in 0..20 {
        let options = SyncTestOptions {
            seed,
            ticks: 500,
            interval: 7,
        };
        sync_test(&Dots::<4, 60>::with_ballast(100), options, |random| {
            random as u8
        })
        .unwrap();
    }
}

#[test]
fn the_game_of_the_guide_passes_and_emits_its_events() {
    let mut game = guide::Dots::default();
    sync_test(&game, SyncTestOptions::default(), |random| random & 1 == 0).unwrap();
    let slot = Slot::new(2).unwrap();
    game.join(slot);
    game.steer(slot, true);
    let mut events = Vec::new();
    for _ in 0..250 {
        game.step(|guide::Milestone(slot, place)| events.push((slot, place)));
    }
    assert_eq!(events, [(slot, 100), (slot, 200)]);
}

thread_local! {
    static STEPS: Cell<u32> = const { Cell::new(0) };
}

/// A game with one mistake.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Faulty {
    mistake: Mistake,
    seated: Option<bool>,
    score: u32,
    /// Not covered by the checksum.
    noise: u32,
    #[serde(skip)]
    hidden: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Mistake {
    /// A field that is not serialised changes the score at each hundredth step.
    #[default]
    SkippedField,
    /// A field that is not serialised decides whether an event is emitted.
    SkippedEvent,
    /// A counter outside of the state changes the score.
    Global,
    /// A counter outside of the state changes a field that the checksum does not cover.
    GlobalOutsideOfChecksum,
}

impl Simulation for Faulty {
    const TICK_RATE: u32 = 60;
    const SEATS: usize = 1;
    const RULES_VERSION: u32 = 1;

    type Controls = bool;
    type Message = ();
    type Event = ();

    fn join(&mut self, _: Slot) {
        self.seated = Some(false);
    }

    fn leave(&mut self, _: Slot) {
        self.seated = None;
    }

    fn steer(&mut self, _: Slot, controls: bool) {
        self.seated = self.seated.map(|_| controls);
    }

    fn controls(&self, _: Slot) -> Option<bool> {
        self.seated
    }

    fn step(&mut self, mut emit: impl FnMut(())) {
        self.hidden += 1;
        let rare = self.hidden.is_multiple_of(100);
        match self.mistake {
            Mistake::SkippedField => self.score += u32::from(rare),
            Mistake::SkippedEvent if rare => emit(()),
            Mistake::SkippedEvent => {}
            Mistake::Global => self.score = STEPS.replace(STEPS.get() + 1),
            Mistake::GlobalOutsideOfChecksum => self.noise = STEPS.replace(STEPS.get() + 1),
        }
    }

    fn checksum(&self) -> u32 {
        self.score
    }
}

fn first_difference(mistake: Mistake) -> SyncTestError {
    let game = Faulty {
        mistake,
        ..Faulty::default()
    };
    let options = SyncTestOptions {
        seed: 1,
        ticks: 1_000,
        interval: 30,
    };
    sync_test(&game, options, |random| random & 1 == 0).unwrap_err()
}

#[test]
fn a_field_that_is_not_serialised_is_found_at_its_first_effect() {
    let error = first_difference(Mistake::SkippedField);
    let expected = SyncTestError {
        tick: Tick(100),
        restored: Tick(90),
        difference: Difference::Checksum {
            original: 1,
            copy: 0,
        },
    };
    assert_eq!(error, expected);
    assert_eq!(
        error.to_string(),
        "tick 100, with a copy restored at tick 90: \
         the copy's checksum is 00000000 instead of 00000001"
    );
}

#[test]
fn an_event_that_depends_on_a_field_that_is_not_serialised_is_found() {
    let error = first_difference(Mistake::SkippedEvent);
    let events = Difference::Events {
        original: 1,
        copy: 0,
    };
    assert_eq!((error.tick, error.difference), (Tick(100), events));
}

#[test]
fn a_counter_outside_of_the_state_is_found_in_the_first_step() {
    let error = first_difference(Mistake::Global);
    assert_eq!((error.tick, error.restored), (Tick(1), Tick(0)));
    assert!(matches!(error.difference, Difference::Checksum { .. }));
}

#[test]
fn a_checksum_that_does_not_cover_the_state_is_found() {
    let error = first_difference(Mistake::GlobalOutsideOfChecksum);
    assert_eq!(error.tick, Tick(1));
    assert!(matches!(error.difference, Difference::Encoding(_)));
}
