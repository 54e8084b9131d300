//! Whom somebody who looks on follows: at first the leader, then whoever is asked for.

use bevy::prelude::*;
use shared::sim::Slot;

use super::flight;
use super::playback::{self, Playback};
use crate::stage::{FrameSystems, Stage};

pub(super) fn plugin(app: &mut App) {
    app.add_observer(turn).add_systems(
        Update,
        (press_keys, watch)
            .chain()
            .in_set(FrameSystems::Drive)
            .after(flight::fill_stage)
            .after(playback::fill_stage),
    );
}

/// Look at the next pilot, or the one before.
#[derive(Event, Clone, Copy)]
pub(crate) enum Turn {
    Next,
    Back,
}

fn press_keys(
    keys: Res<ButtonInput<KeyCode>>,
    playback: Option<Res<Playback>>,
    mut commands: Commands,
) {
    // In a recording, the arrows move through time.
    let pressed = |letter, arrow| {
        keys.just_pressed(letter) || (playback.is_none() && keys.just_pressed(arrow))
    };
    if pressed(KeyCode::KeyD, KeyCode::ArrowRight) {
        commands.trigger(Turn::Next);
    }
    if pressed(KeyCode::KeyA, KeyCode::ArrowLeft) {
        commands.trigger(Turn::Back);
    }
}

/// Keeps to a pilot that is there.
fn watch(mut stage: ResMut<Stage>) {
    if !stage.looks_on {
        stage.watched = None;
    } else if stage.watched.is_none_or(|slot| stage.ship(slot).is_none()) {
        stage.watched = stage
            .ships()
            .max_by_key(|(_, ship)| ship.score)
            .map(|(slot, _)| slot);
    }
}

fn turn(turn: On<Turn>, mut stage: ResMut<Stage>) {
    let Some(watched) = stage.watched else {
        return;
    };
    let slots: Vec<Slot> = stage.ships().map(|(slot, _)| slot).collect();
    let at = slots.iter().position(|slot| *slot == watched).unwrap_or(0);
    let step = match *turn {
        Turn::Next => 1,
        Turn::Back => slots.len().saturating_sub(1),
    };
    stage.watched = slots.get((at + step) % slots.len().max(1)).copied();
}
