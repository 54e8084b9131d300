//! Bots that fight behind the title; nobody's match, and no message of it goes anywhere.

use bevy::prelude::*;
use shared::sim::arena::Arena;
use shared::sim::{Simulation, TICK_RATE, Tick};

use super::flight::Flight;
use super::playback::Playback;
use crate::platform;
use crate::stage::{FrameSystems, Happened, Stage};

/// Pilots behind the title.
const BOTS: u8 = 10;

/// After a pause, such as a hidden tab, play does not catch up more than this, in ticks.
const MOST_TICKS: f32 = 6.0;

pub(super) fn plugin(app: &mut App) {
    app.insert_resource(Backdrop {
        arena: Arena::new(platform::entropy(), BOTS),
        tick: Tick::default(),
        due: 0.0,
    })
    .add_systems(
        Update,
        advance
            .run_if(not(
                resource_exists::<Flight>.or_eager(resource_exists::<Playback>)
            ))
            .in_set(FrameSystems::Drive),
    );
}

#[derive(Resource)]
struct Backdrop {
    arena: Arena,
    tick: Tick,
    /// Ticks that have passed and are not stepped yet.
    due: f32,
}

fn advance(
    time: Res<Time>,
    mut backdrop: ResMut<Backdrop>,
    mut stage: ResMut<Stage>,
    mut happened: MessageWriter<Happened>,
) {
    let backdrop = &mut *backdrop;
    backdrop.due = (backdrop.due + time.delta_secs() * TICK_RATE as f32).min(MOST_TICKS);
    while backdrop.due >= 1.0 {
        backdrop.due -= 1.0;
        backdrop.tick += 1;
        backdrop.arena.step(|event| {
            happened.write(Happened(event));
        });
    }
    stage.arena.clone_from(&backdrop.arena);
    stage.tick = backdrop.tick;
    stage.fraction = backdrop.due;
    stage.corrected = None;
    stage.own_slot = None;
    stage.looks_on = false;
    stage.take_callsigns(None);
}
