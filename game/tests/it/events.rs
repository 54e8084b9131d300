//! Each event reaches the HUD and the view once.

use arena::{Event as ArenaEvent, Position};
use bevy::prelude::*;
use game::messages::{ConfirmedEvent, PredictedEvent, SceneCut};
use game::view::Particles;
use netcode::Slot;

use crate::game_app::GameApp;
use crate::test_relay::TestRelay;

/// All events since the resource was inserted.
#[derive(Resource, Default)]
struct Observed {
    predicted: Vec<ArenaEvent>,
    confirmed: Vec<ArenaEvent>,
}

fn observe(
    mut predicted: MessageReader<PredictedEvent>,
    mut confirmed: MessageReader<ConfirmedEvent>,
    mut observed: ResMut<Observed>,
) {
    observed
        .predicted
        .extend(predicted.read().map(|PredictedEvent(event)| *event));
    observed
        .confirmed
        .extend(confirmed.read().map(|ConfirmedEvent(event)| *event));
}

fn in_a_match() -> GameApp {
    let mut game = GameApp::new(&TestRelay::new());
    game.app
        .init_resource::<Observed>()
        .add_systems(Last, observe);
    game.press("host");
    game.until_playing();
    game
}

fn observed(game: &GameApp) -> &Observed {
    game.app.world().resource()
}

fn is_kill(event: &ArenaEvent) -> bool {
    matches!(event, ArenaEvent::Killed { .. })
}

#[test]
fn each_confirmed_kill_has_one_line_in_the_feed() {
    let mut game = in_a_match();
    game.until("a ship is destroyed", |game| {
        observed(game).confirmed.iter().any(is_kill)
    });
    game.frame();
    let kills = observed(&game)
        .confirmed
        .iter()
        .filter(|event| is_kill(event));
    let kills = kills.count();
    let lines = game.texts_with(" shot ").len() + game.texts_with(" hit a rock").len();
    assert_eq!(lines, kills);
}

#[test]
fn each_predicted_event_has_one_effect() {
    let mut game = in_a_match();
    let world = game.app.world_mut();
    world.trigger(SceneCut);
    *world.resource_mut::<Observed>() = Observed::default();
    let spawned = ArenaEvent::Spawned {
        slot: Slot::new(0).unwrap(),
        at: Position::default(),
    };
    world.write_message(PredictedEvent(spawned));
    // Blast waves last longer than this.
    for _ in 0..20 {
        game.frame();
    }
    let has_blast_wave = |event: &&ArenaEvent| {
        matches!(
            event,
            ArenaEvent::RockSplit { .. }
                | ArenaEvent::Collected { .. }
                | ArenaEvent::Killed { .. }
                | ArenaEvent::Spawned { .. }
                | ArenaEvent::EstateScattered { .. }
        )
    };
    let expected = observed(&game)
        .predicted
        .iter()
        .filter(has_blast_wave)
        .count();
    assert!(observed(&game).predicted.contains(&spawned));
    let particles: &Particles = game.app.world().resource();
    assert_eq!(particles.blast_wave_count(), expected);
}
