//! Bots alone make a game of it.

use arena::{Arena, Event, PLAY_TICKS, Pilot};
use netcode::Simulation;

#[test]
fn a_round_of_bots_is_lively() {
    for seed in [1, 2] {
        let mut arena = Arena::new(seed, 8);
        let (mut kills, mut splits, mut fewest_rocks) = (0, 0, usize::MAX);
        for _ in 0..PLAY_TICKS - 1 {
            arena.step(|event| match event {
                Event::Killed { by: Some(_), .. } => kills += 1,
                Event::RockSplit { by: Some(_), .. } => splits += 1,
                _ => (),
            });
            fewest_rocks = fewest_rocks.min(arena.rocks().len());
        }
        let bots = arena.ships().iter().filter(|ship| ship.pilot == Pilot::Bot);
        let best = bots.map(|bot| bot.score).max().unwrap_or_default();
        assert!((15..150).contains(&kills), "{kills} kills");
        assert!(splits > 200, "{splits} rocks split");
        assert!(fewest_rocks > 10, "{fewest_rocks} rocks");
        assert!((30..400).contains(&best), "the best score is {best}");
    }
}

#[test]
fn a_crowd_of_bots_does_not_use_up_the_rocks() {
    let mut arena = Arena::new(1, 32);
    for _ in 0..PLAY_TICKS / 3 {
        arena.step(|_| ());
        assert!(arena.rocks().len() > 10);
    }
}
