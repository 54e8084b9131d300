//! Tests of seats: people, bots and empty seats.

use arena::MAX_SLOTS;
use arena::{Arena, Controls, Event, Pilot, Ship};
use netcode::{Simulation, Slot};
use proptest::prelude::*;

use arena::scene::{FIRE, play, slot};

fn pilots(arena: &Arena) -> String {
    let letter = |ship: &Ship| match ship.pilot {
        Pilot::Empty => '.',
        Pilot::Bot => 'b',
        Pilot::Person => 'P',
    };
    arena.ships().iter().map(letter).collect()
}

#[test]
fn bots_fill_the_highest_free_seats_and_make_room_for_people() {
    let mut arena = Arena::new(1, 4);
    let events = play(&mut arena, 1);
    assert_eq!(pilots(&arena), format!("{:.<28}bbbb", ""));
    let spawned = events
        .iter()
        .filter(|event| matches!(event, Event::Spawned { .. }));
    assert_eq!(spawned.count(), 4);

    arena.join(slot(0));
    arena.join(slot(1));
    play(&mut arena, 1);
    assert_eq!(pilots(&arena), format!("PP{:.<28}bb", ""));

    arena.join(slot(31));
    play(&mut arena, 1);
    assert_eq!(pilots(&arena), format!("PP{:.<28}bP", ""));

    arena.leave(slot(0));
    play(&mut arena, 1);
    assert_eq!(pilots(&arena), format!(".P{:.<27}bbP", ""));
}

#[test]
fn a_pilot_that_joins_flies_in_the_next_tick() {
    let mut arena = Arena::new(1, 0);
    arena.join(slot(3));
    assert_eq!(arena.controls(slot(3)), Some(Controls::IDLE));
    assert!(!arena.ship(slot(3)).is_flying());
    let events = play(&mut arena, 1);
    assert!(matches!(events[..], [Event::Spawned { .. }]));
    assert!(arena.ship(slot(3)).is_flying());
}

#[test]
fn joining_leaving_and_steering_the_wrong_seats_has_no_effect() {
    let mut arena = Arena::new(1, 2);
    arena.join(slot(0));
    arena.steer(slot(0), FIRE);
    play(&mut arena, 100);
    let before = arena.clone();
    arena.join(slot(0));
    arena.leave(slot(1));
    arena.leave(slot(31));
    arena.steer(slot(1), FIRE);
    arena.steer(slot(31), FIRE);
    assert_eq!(arena, before);
    assert_eq!(arena.controls(slot(0)), Some(FIRE));
    assert_eq!(arena.controls(slot(31)), None);
}

proptest! {
    #[test]
    fn the_number_of_pilots_is_the_larger_of_people_and_bots(
        bots in 0..=40_u8,
        decisions in proptest::collection::vec((any::<bool>(), 0..MAX_SLOTS as u8), 0..60),
    ) {
        let mut arena = Arena::new(7, bots);
        for (joins, index) in decisions {
            if joins {
                arena.join(slot(index));
            } else {
                arena.leave(slot(index));
            }
            arena.step(|_| ());
            let count = |pilot| Slot::first(MAX_SLOTS).filter(|&slot| arena.ship(slot).pilot == pilot).count();
            let people = count(Pilot::Person);
            let expected = people.max(usize::from(bots).min(MAX_SLOTS));
            prop_assert_eq!(people + count(Pilot::Bot), expected);
        }
    }
}
