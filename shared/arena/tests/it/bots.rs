//! Tests of matches with bots only.

use arena::{Arena, Event, PLAY_TICKS, Pilot};
use netcode::Simulation;

#[test]
fn bots_fight_break_rocks_and_score() {
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
fn rocks_remain_with_32_bots() {
    let mut arena = Arena::new(1, 32);
    for _ in 0..PLAY_TICKS / 3 {
        arena.step(|_| ());
        assert!(arena.rocks().len() > 10);
    }
}
