//! Eases corrections: where a ship jumps because what was predicted did not happen, it is drawn
//! between the two places for a moment.
//!
//! Only the picture is eased; the arena is never touched.

use bevy::prelude::*;
use shared::sim::arena::Ship;
use shared::sim::{MAX_SLOTS, Slot};

use super::lens::{units, world_units};
use crate::stage::Stage;

/// A correction has shrunk to a third after this time, in seconds.
const EASE_SECONDS: f32 = 0.045;

/// More than this is a new ship, not a correction, in world units.
const MOST_JUMP: f32 = 300.0;

/// What each ship is drawn off its place, in world units.
#[derive(Resource, Default)]
pub(crate) struct Eased {
    offsets: [Vec2; MAX_SLOTS],
    tick: u32,
}

impl Eased {
    /// What the slot's ship is drawn off its place, in world units.
    pub(crate) fn offset(&self, slot: Slot) -> Vec2 {
        self.offsets[slot.index()]
    }
}

pub(super) fn ease(time: Res<Time>, stage: Res<Stage>, mut eased: ResMut<Eased>) {
    let shrink = (-time.delta_secs() / EASE_SECONDS).exp();
    for offset in &mut eased.offsets {
        *offset *= shrink;
    }
    let ticks = stage.tick.0.saturating_sub(eased.tick);
    eased.tick = stage.tick.0;
    let Some(corrected) = &stage.corrected else {
        return;
    };
    for slot in Slot::all() {
        let offset = &mut eased.offsets[slot.index()];
        *offset = match jump(corrected.ship(slot), stage.arena.ship(slot), ticks) {
            Some(jump) => (*offset + jump).clamp_length_max(MOST_JUMP),
            None => Vec2::ZERO,
        };
    }
}

/// From where a ship is to where it was predicted `ticks` ago to be now, in world units; `None`
/// if there is nothing to ease.
fn jump(predicted: &Ship, actual: &Ship, ticks: u32) -> Option<Vec2> {
    if !predicted.is_flying() || !actual.is_flying() {
        return None;
    }
    let drift = world_units(predicted.velocity.offset()) * ticks as f32;
    let expected = predicted.position.moved(units(drift));
    let jump = world_units(actual.position.offset_to(expected));
    (jump.length() < MOST_JUMP).then_some(jump)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::sim::Simulation;
    use shared::sim::arena::{Arena, Position, Velocity, WORLD_UNIT};

    fn ship(x: f32) -> Ship {
        let slot = Slot::new(0).unwrap();
        let mut arena = Arena::new(1, 0);
        arena.join(slot);
        while !arena.ship(slot).is_flying() {
            arena.step(|_| ());
        }
        Ship {
            position: Position::new((x * WORLD_UNIT as f32) as u32, 0),
            velocity: Velocity::new(4 * WORLD_UNIT as i32, 0),
            ..*arena.ship(slot)
        }
    }

    #[test]
    fn flight_is_no_correction() {
        let jump = jump(&ship(100.0), &ship(108.0), 2).unwrap();
        assert!(jump.length() < 0.01, "{jump}");
    }

    #[test]
    fn a_corrected_ship_is_first_drawn_where_it_was_expected() {
        let jump = jump(&ship(4.0), &ship(4090.0), 2).unwrap();
        assert!((jump.x - 18.0).abs() < 0.01, "{jump}");
    }

    #[test]
    fn a_new_ship_is_not_dragged_across_the_arena() {
        assert_eq!(jump(&ship(0.0), &ship(900.0), 0), None);
    }
}
