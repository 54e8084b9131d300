//! Whom somebody without a ship follows: at first the leader, then whoever is asked for.

use bevy::prelude::*;
use shared::peer::Status;
use shared::protocol::Role;
use shared::sim::Slot;

use super::flight::{self, Flight};
use crate::stage::{FrameSystems, Stage};

pub(super) fn plugin(app: &mut App) {
    app.add_observer(turn).add_systems(
        Update,
        (press_keys, watch)
            .chain()
            .run_if(resource_exists::<Flight>)
            .in_set(FrameSystems::Drive)
            .after(flight::fill_stage),
    );
}

/// Look at the next pilot, or the one before.
#[derive(Event, Clone, Copy)]
pub(crate) enum Turn {
    Next,
    Back,
}

fn press_keys(keys: Res<ButtonInput<KeyCode>>, mut commands: Commands) {
    if keys.any_just_pressed([KeyCode::ArrowRight, KeyCode::KeyD]) {
        commands.trigger(Turn::Next);
    }
    if keys.any_just_pressed([KeyCode::ArrowLeft, KeyCode::KeyA]) {
        commands.trigger(Turn::Back);
    }
}

/// Keeps to a pilot that is there.
fn watch(flight: Res<Flight>, mut stage: ResMut<Stage>) {
    let watches =
        flight.ticket().role == Role::Spectator && flight.peer().status() == Status::Playing;
    if !watches {
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
