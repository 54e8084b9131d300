//! Bots that fight behind the title, in an arena that no message leaves.

use arena::Arena;
use arena::TICK_RATE;
use bevy::prelude::*;
use netcode::{Simulation, Tick};

use super::active_match::ActiveMatch;
use super::playback::Playback;
use crate::messages::PredictedEvent;
use crate::platform::Entropy;
use crate::state::FrameSystems;

/// Pilots behind the title.
const BOTS: u8 = 10;

/// After a pause, such as a hidden tab, at most this many ticks are made up for.
const MAX_BACKLOG: f32 = 6.0;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Backdrop>().add_systems(
        Update,
        advance
            .run_if(not(
                resource_exists::<ActiveMatch>.or_eager(resource_exists::<Playback>)
            ))
            .in_set(FrameSystems::Play),
    );
}

/// The arena behind the title.
#[derive(Resource)]
pub(crate) struct Backdrop {
    pub(crate) arena: Arena,
    pub(crate) tick: Tick,
    /// Ticks that have passed and are not stepped yet, below 1 after each frame.
    pub(crate) due: f32,
}

impl FromWorld for Backdrop {
    fn from_world(world: &mut World) -> Self {
        Self {
            arena: Arena::new(world.resource::<Entropy>().draw(), BOTS),
            tick: Tick::default(),
            due: 0.0,
        }
    }
}

fn advance(
    time: Res<Time>,
    mut backdrop: ResMut<Backdrop>,
    mut predicted: MessageWriter<PredictedEvent>,
) {
    let backdrop = &mut *backdrop;
    backdrop.due = (backdrop.due + time.delta_secs() * TICK_RATE as f32).min(MAX_BACKLOG);
    while backdrop.due >= 1.0 {
        backdrop.due -= 1.0;
        backdrop.tick += 1;
        backdrop.arena.step(|event| {
            predicted.write(PredictedEvent(event));
        });
    }
}
