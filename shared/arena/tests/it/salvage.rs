//! Tests of salvage: dropped, attracted, collected, expired.

use arena::{Event, RockSize, SALVAGE_TICKS, Ship};

use arena::scene::{FIRE, Scene, at, play, rock, salvage, ship, slot};

#[test]
fn a_small_rock_breaks_into_salvage() {
    let gunner = Ship {
        controls: FIRE,
        ..ship(1000, 1000)
    };
    let mut arena = Scene::with_ships([gunner])
        .with_rock(rock(1200, 1000, RockSize::Small))
        .arena();
    let events = play(&mut arena, 30);
    let split = Event::RockSplit {
        size: RockSize::Small,
        at: at(1200, 1000),
        by: Some(slot(0)),
    };
    assert!(events.contains(&split));
    assert_eq!(arena.salvage().len(), 1);
    assert!(arena.salvage()[0].value > 0);
}

#[test]
fn touched_salvage_adds_its_value_to_the_score() {
    let mut arena = Scene::with_ships([ship(1000, 1000)])
        .with_salvage(salvage(1010, 1000, 7))
        .arena();
    let collected = Event::Collected {
        slot: slot(0),
        value: 7,
        at: at(1010, 1000),
    };
    assert_eq!(play(&mut arena, 1), [collected]);
    assert_eq!(arena.ships()[0].score, 7);
    assert!(arena.salvage().is_empty());
}

#[test]
fn salvage_near_a_ship_is_attracted_by_it() {
    let mut arena = Scene::with_ships([ship(1000, 1000)])
        .with_salvage(salvage(1090, 1000, 1))
        .with_salvage(salvage(1300, 1000, 1))
        .arena();
    play(&mut arena, 120);
    assert_eq!(arena.ships()[0].score, 1);
    assert_eq!(arena.salvage()[0].position, at(1300, 1000));
}

#[test]
fn salvage_fades_and_expires() {
    let mut arena = Scene::default()
        .with_salvage(salvage(1000, 1000, 1))
        .arena();
    assert!(!arena.salvage()[0].is_fading());
    play(&mut arena, u32::from(SALVAGE_TICKS) - 1);
    assert!(arena.salvage()[0].is_fading());
    play(&mut arena, 1);
    assert!(arena.salvage().is_empty());
}
