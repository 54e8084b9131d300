//! Tests of the salvage that a pilot scatters when it dies or leaves.

use arena::{Arena, Event, MAX_SALVAGE, Pilot, Salvage, Ship};
use netcode::Simulation;
use proptest::prelude::*;

use arena::scene::{Scene, at, play, salvage, ship, shot, slot, speed};

/// A scene in which the ship in seat 1 is destroyed in the next step.
fn death(score: u16) -> Scene {
    let doomed = Ship {
        hull: 1,
        score,
        ..ship(1000, 1000)
    };
    Scene::with_ships([ship(3000, 3000), doomed]).with_shot(shot(990, 1000, 0, speed(600, 0)))
}

fn value(arena: &Arena) -> u32 {
    let value = |piece: &Salvage| u32::from(piece.value);
    arena.salvage().iter().map(value).sum()
}

#[test]
fn a_destroyed_ship_scatters_half_of_its_salvage() {
    let mut arena = death(41).arena();
    let events = play(&mut arena, 1);
    let scattered = Event::EstateScattered {
        slot: slot(1),
        value: 20,
        at: at(1000, 1000),
    };
    assert!(events.contains(&scattered));
    assert_eq!(arena.ships()[1].score, 21);
    assert_eq!(value(&arena), 20);
    assert!(arena.salvage().len() > 3);
    play(&mut arena, 200);
    assert_eq!(arena.ships()[1].score, 21, "the other half should be kept");
}

#[test]
fn a_destroyed_ship_without_salvage_scatters_a_bounty() {
    let mut arena = death(0).arena();
    play(&mut arena, 1);
    assert_eq!(arena.ships()[1].score, 0);
    assert!(value(&arena) > 0);
}

#[test]
fn a_pilot_that_leaves_scatters_all_of_its_salvage() {
    let wealthy = Ship {
        score: 50,
        ..ship(1000, 1000)
    };
    let mut arena = Scene::with_ships([wealthy]).arena();
    arena.leave(slot(0));
    assert_eq!(arena.controls(slot(0)), None);
    let events = play(&mut arena, 1);
    assert!(matches!(
        events[..],
        [Event::EstateScattered { value: 50, .. }]
    ));
    assert_eq!(value(&arena), 50);
    assert_eq!(arena.ships()[0].pilot, Pilot::Empty);
    assert_eq!(arena.ships()[0].score, 0);
}

#[test]
fn a_bot_scatters_its_salvage_when_a_person_takes_its_seat() {
    let bot = Ship {
        pilot: Pilot::Bot,
        score: 9,
        ..ship(1000, 1000)
    };
    let mut arena = Scene::with_ships([bot]).arena();
    arena.join(slot(0));
    assert_eq!(arena.ships()[0].score, 0);
    assert_eq!(value(&arena), 9);
}

#[test]
fn scattered_value_is_not_lost_when_salvage_is_at_its_capacity() {
    let mut scene = death(200);
    for index in 0..MAX_SALVAGE as u32 {
        scene.salvage.push(salvage(2000 + index, 2000, 1));
    }
    let mut arena = scene.arena();
    play(&mut arena, 1);
    assert_eq!(value(&arena), 100 + MAX_SALVAGE as u32);
}

proptest! {
    #[test]
    fn scattered_and_kept_value_add_up_to_the_score(score in 0..2000_u16) {
        let mut arena = death(score).arena();
        play(&mut arena, 1);
        let kept = arena.ships()[1].score;
        prop_assert_eq!(kept, score - score / 2);
        if score >= 8 {
            prop_assert_eq!(value(&arena) + u32::from(kept), u32::from(score));
        }
        arena.leave(slot(1));
        let before = value(&arena);
        play(&mut arena, 1);
        prop_assert_eq!(value(&arena), before + u32::from(kept));
    }
}
