//! Integration tests: rules, bots and determinism.

mod bots;
mod combat;
mod estate;
mod keyframe;
mod rounds;
mod salvage;
mod seats;
mod space;

use arena::Arena;
use arena::MAX_SLOTS;
use arena::drill::drill;
use netcode::{Simulation, Slot};

#[test]
fn the_checksum_of_20_000_seeded_ticks_is_pinned() {
    assert_eq!(drill(1, 20_000), 2_984_861_477);
}

#[test]
fn equal_seeds_give_equal_matches_and_different_ones_do_not() {
    let mut one = Arena::new(1, 8);
    let mut two = Arena::new(1, 8);
    let mut other = Arena::new(2, 8);
    for _ in 0..1000 {
        for arena in [&mut one, &mut two, &mut other] {
            arena.step(|_| ());
        }
        assert_eq!(one.checksum(), two.checksum());
        assert_ne!(one.checksum(), other.checksum());
    }
    assert_eq!(one, two);
}

#[test]
fn the_checksum_depends_on_the_controls() {
    let mut one = Arena::new(1, 0);
    for slot in Slot::first(MAX_SLOTS) {
        one.join(slot);
    }
    for index in 0..MAX_SLOTS as u8 {
        let slot = arena::scene::slot(index);
        let mut two = one.clone();
        two.steer(slot, arena::scene::FIRE);
        assert_ne!(one.checksum(), two.checksum());
    }
}
