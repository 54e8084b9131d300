//! The pilot that a spectator follows: at first the leader, then the one that was chosen.

use bevy::prelude::*;
use netcode::Slot;

use super::fill::FillSystems;
use super::scene::Stage;
use crate::intents::SwitchWatched;
use crate::play::Playback;
use crate::state::FrameSystems;

pub(super) fn plugin(app: &mut App) {
    app.add_observer(switch).add_systems(
        Update,
        (press_keys, follow)
            .chain()
            .in_set(FrameSystems::Stage)
            .after(FillSystems),
    );
}

fn press_keys(
    keys: Res<ButtonInput<KeyCode>>,
    playback: Option<Res<Playback>>,
    mut commands: Commands,
) {
    // In a replay, the arrows move through time.
    let pressed = |letter, arrow| {
        keys.just_pressed(letter) || (playback.is_none() && keys.just_pressed(arrow))
    };
    if pressed(KeyCode::KeyD, KeyCode::ArrowRight) {
        commands.trigger(SwitchWatched::Next);
    }
    if pressed(KeyCode::KeyA, KeyCode::ArrowLeft) {
        commands.trigger(SwitchWatched::Previous);
    }
}

/// Keeps following a pilot that is in the arena.
fn follow(mut stage: ResMut<Stage>) {
    if !stage.spectating {
        stage.watched = None;
    } else if stage.watched.is_none_or(|slot| stage.ship(slot).is_none()) {
        stage.watched = stage
            .ships()
            .max_by_key(|(_, ship)| ship.score)
            .map(|(slot, _)| slot);
    }
}

fn switch(switch: On<SwitchWatched>, mut stage: ResMut<Stage>) {
    let Some(watched) = stage.watched else {
        return;
    };
    let slots: Vec<Slot> = stage.ships().map(|(slot, _)| slot).collect();
    let at = slots.iter().position(|slot| *slot == watched).unwrap_or(0);
    let step = match *switch {
        SwitchWatched::Next => 1,
        SwitchWatched::Previous => slots.len().saturating_sub(1),
    };
    stage.watched = slots.get((at + step) % slots.len().max(1)).copied();
}
