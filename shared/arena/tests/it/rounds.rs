//! Tests of rounds: play, results, next round.

use arena::{Arena, Event, MAX_HULL, PLAY_TICKS, Phase, RESULTS_TICKS, Round, Ship};
use netcode::Simulation;

use arena::scene::{FIRE, Scene, play, salvage, ship, shot, slot, speed};

fn results(scene: Scene) -> Arena {
    Scene {
        round: Round {
            number: 4,
            phase: Phase::Results,
            remaining: RESULTS_TICKS,
        },
        ..scene
    }
    .arena()
}

#[test]
fn play_is_followed_by_results_and_the_next_round() {
    let mut arena = Arena::new(3, 6);
    play(&mut arena, u32::from(PLAY_TICKS) - 1);
    assert!(arena.round().is_playing());
    let scores: u32 = arena.ships().iter().map(|ship| u32::from(ship.score)).sum();
    assert!(scores > 0);

    let events = play(&mut arena, 1);
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::RoundEnded { .. }))
    );
    assert_eq!(arena.round().phase, Phase::Results);
    let shown = arena.clone();
    play(&mut arena, u32::from(RESULTS_TICKS) - 1);
    for (before, after) in shown.ships().iter().zip(arena.ships()) {
        assert_eq!((before.score, before.kills), (after.score, after.kills));
    }

    let events = play(&mut arena, 1);
    assert!(events.contains(&Event::RoundStarted { number: 2 }));
    assert_eq!(
        arena.round(),
        Round {
            number: 2,
            phase: Phase::Playing,
            remaining: PLAY_TICKS,
        }
    );
    assert!(
        arena
            .ships()
            .iter()
            .all(|ship| ship.score == 0 && ship.kills == 0)
    );
    assert_eq!(
        arena.ships().iter().filter(|ship| ship.is_flying()).count(),
        6
    );
    assert!(arena.salvage().is_empty() && arena.shots().is_empty());
    assert!(!arena.rocks().is_empty());
}

#[test]
fn ships_do_not_fire_collect_or_take_damage_during_the_results() {
    let gunner = Ship {
        controls: FIRE,
        velocity: speed(100, 0),
        ..ship(1000, 1000)
    };
    let scene = Scene::with_ships([gunner, ship(2000, 2000)])
        .with_salvage(salvage(1010, 1000, 5))
        .with_shot(shot(1980, 2000, 0, speed(600, 0)));
    let mut arena = results(scene);
    let events = play(&mut arena, 300);
    assert!(
        events
            .iter()
            .all(|event| matches!(event, Event::Deflected { .. }))
    );
    assert_eq!(arena.ships()[0].score, 0);
    assert_eq!(arena.ships()[1].hull, MAX_HULL);
    assert!(arena.ships()[0].velocity.x() < speed(10, 0).x());
}

#[test]
fn the_highest_score_wins_unless_it_is_shared() {
    let check = |scores: [u16; 3], winner| {
        let scored = |score| Ship {
            score,
            ..ship(u32::from(score) * 50, 1000)
        };
        let mut scene = Scene::with_ships(scores.map(scored));
        scene.round.remaining = 1;
        let events = play(&mut scene.arena(), 1);
        assert!(events.contains(&Event::RoundEnded { winner }), "{scores:?}");
    };
    check([1, 9, 4], Some(slot(1)));
    check([9, 1, 9], None);
}

#[test]
fn controls_are_kept_across_rounds() {
    let mut arena = Arena::new(1, 0);
    arena.join(slot(0));
    arena.steer(slot(0), FIRE);
    play(&mut arena, u32::from(PLAY_TICKS + RESULTS_TICKS));
    assert_eq!(arena.controls(slot(0)), Some(FIRE));
}
