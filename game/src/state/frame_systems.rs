//! The order of the systems of a frame.

use bevy::prelude::SystemSet;

/// The parts of a frame, in their order.
#[derive(SystemSet, Clone, PartialEq, Eq, Hash, Debug)]
pub enum FrameSystems {
    /// Play advances: a match, a recording, or the bots behind the title.
    Play,
    /// The stage is filled from it.
    Stage,
    /// The camera moves.
    Camera,
    /// Everything is drawn, from the back to the front.
    Draw,
    /// The drawing becomes a mesh; texts are updated.
    Show,
}
