//! The picture of the stage: everything is painted anew in each frame, from the back to the front.
//!
//! It only reads; nothing here changes play.

pub(crate) mod ease;
mod ink;
pub(crate) mod lens;
mod names;
pub(crate) mod paint;
pub(crate) mod palette;
mod particles;
mod rock;
mod salvage;
mod ship;
mod shot;
mod stars;

use bevy::prelude::*;

use crate::stage::FrameSystems;
use crate::ui::theme;

pub(crate) fn plugin(app: &mut App) {
    app.insert_resource(ClearColor(theme::FIELD))
        .init_resource::<paint::Paint>()
        .init_resource::<lens::Lens>()
        .init_resource::<ease::Eased>()
        .init_resource::<particles::Particles>()
        .add_plugins((ink::plugin, names::plugin))
        .add_observer(particles::clear)
        .add_systems(Startup, spawn_camera)
        .add_systems(
            Update,
            (
                (ease::ease, lens::follow)
                    .chain()
                    .in_set(FrameSystems::Look),
                (
                    clear,
                    stars::paint,
                    salvage::paint,
                    rock::paint,
                    (particles::emit, particles::paint).chain(),
                    shot::paint,
                    ship::paint,
                )
                    .chain()
                    .in_set(PictureSystems)
                    .in_set(FrameSystems::Paint),
                ink::show_paint.in_set(FrameSystems::Show),
            ),
        );
}

/// The arena is painted; what comes after lies over it.
#[derive(SystemSet, Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct PictureSystems;

fn spawn_camera(mut commands: Commands) {
    // Strokes bring their own soft edges.
    commands.spawn((Camera2d, Msaa::Off));
}

fn clear(mut paint: ResMut<paint::Paint>) {
    paint.clear();
}
