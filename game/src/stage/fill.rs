//! Fills the stage from what is played.

use bevy::prelude::*;
use client::peer::Progress;
use protocol::Role;

use super::scene::Stage;
use crate::play::{ActiveMatch, Backdrop, Playback};
use crate::state::FrameSystems;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, fill.in_set(FillSystems).in_set(FrameSystems::Stage));
}

/// The stage is filled.
#[derive(SystemSet, Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct FillSystems;

fn fill(
    active_match: Option<Res<ActiveMatch>>,
    playback: Option<Res<Playback>>,
    backdrop: Res<Backdrop>,
    mut stage: ResMut<Stage>,
) {
    match (active_match, playback) {
        (Some(active_match), _) => fill_from_match(&mut stage, &active_match),
        (None, Some(playback)) => fill_from_playback(&mut stage, &playback),
        (None, None) => fill_from_backdrop(&mut stage, &backdrop),
    }
}

fn fill_from_match(stage: &mut Stage, active_match: &ActiveMatch) {
    let peer = active_match.peer();
    if let Some((tick, arena)) = peer.present() {
        stage.arena.clone_from(arena);
        stage.tick = tick;
    }
    stage.fraction = peer.fraction();
    stage.corrected = peer.corrected().cloned();
    stage.own_slot = peer.slot();
    stage.spectating =
        active_match.ticket().role == Role::Spectator && peer.progress() == Progress::Playing;
    stage.set_callsigns(peer.roster());
}

fn fill_from_playback(stage: &mut Stage, playback: &Playback) {
    let replay = playback.replay();
    stage.arena.clone_from(replay.state());
    stage.tick = replay.tick();
    stage.fraction = replay.fraction();
    stage.corrected = None;
    stage.own_slot = None;
    stage.spectating = true;
    stage.set_callsigns(replay.roster());
}

fn fill_from_backdrop(stage: &mut Stage, backdrop: &Backdrop) {
    stage.arena.clone_from(&backdrop.arena);
    stage.tick = backdrop.tick;
    stage.fraction = backdrop.due;
    stage.corrected = None;
    stage.own_slot = None;
    stage.spectating = false;
    stage.set_callsigns(None);
}
