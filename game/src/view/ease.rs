//! Eases corrections: a ship that jumps because a prediction was wrong is drawn between the two
//! places for a moment, as [`Easing`] computes.

use arena::easing::Easing;
use bevy::prelude::*;
use netcode::Slot;

use crate::stage::Stage;

/// The offset at which each ship is drawn.
#[derive(Resource, Default)]
pub(crate) struct Eased(Easing);

impl Eased {
    /// The offset of the slot's ship, in world units.
    pub(crate) fn offset(&self, slot: Slot) -> Vec2 {
        self.0.offset(slot).into()
    }
}

pub(super) fn ease(time: Res<Time>, stage: Res<Stage>, mut eased: ResMut<Eased>) {
    let corrected = stage.corrected.as_ref();
    eased
        .0
        .advance(time.delta(), stage.tick, &stage.arena, corrected);
}
