//! Eases corrections: where a ship jumps because what was predicted did not happen, it is drawn
//! between the two places for a moment.
//!
//! How is [`Easing`]'s business.

use bevy::prelude::*;
use shared::easing::Easing;
use shared::sim::Slot;

use crate::stage::Stage;

/// What each ship is drawn off its place.
#[derive(Resource, Default)]
pub(crate) struct Eased(Easing);

impl Eased {
    /// What the slot's ship is drawn off its place, in world units.
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
