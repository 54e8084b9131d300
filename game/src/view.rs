//! The picture of the stage: everything is drawn anew in each frame, from the back to the front.
//!
//! It only reads the stage. Showing the drawing takes a renderer (`canvas_mesh`); all else works
//! without one.

pub(crate) mod camera;
pub(crate) mod canvas;
pub(crate) mod canvas_mesh;
mod ease;
mod effects;
mod names;
pub(crate) mod palette;
mod particles;
mod random;
mod rock;
mod salvage;
pub(crate) mod shade;
mod ship;
mod shot;
mod stars;
mod stroke;

use bevy::prelude::*;

use crate::state::FrameSystems;
use crate::ui::theme;

pub use particles::Particles;

pub(crate) fn plugin(app: &mut App) {
    app.insert_resource(ClearColor(theme::FIELD))
        .init_resource::<canvas::Canvas>()
        .init_resource::<camera::CameraView>()
        .init_resource::<ease::Eased>()
        .init_resource::<Particles>()
        .add_plugins(names::plugin)
        .add_observer(particles::clear)
        .add_systems(
            Update,
            (
                (ease::ease, camera::follow)
                    .chain()
                    .in_set(FrameSystems::Camera),
                (
                    clear,
                    stars::draw,
                    salvage::draw,
                    rock::draw,
                    (effects::emit, particles::draw).chain(),
                    shot::draw,
                    ship::draw,
                )
                    .chain()
                    .in_set(PictureSystems)
                    .in_set(FrameSystems::Draw),
            ),
        );
}

/// The arena is drawn; what is drawn later covers it.
#[derive(SystemSet, Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct PictureSystems;

fn clear(mut canvas: ResMut<canvas::Canvas>) {
    canvas.clear();
}
