//! Where a ship is drawn whose predicted way turned out wrong: between the two places, for a moment.
//!
//! Only a picture is eased, in floats; it deliberately changes no arena. It sits beside the arena
//! and not with the picture so that the error of what is drawn can be measured without a screen.

use core::time::Duration;

use crate::MAX_SLOTS;
use crate::{ARENA_SIZE, Arena, Offset, Ship, WORLD_UNIT};
use netcode::{Slot, Tick};

/// A correction has shrunk to a third after this time, in seconds.
const SECONDS: f32 = 0.045;

/// More than this is a new ship, not a correction, in world units.
const MOST_JUMP: f32 = 300.0;

/// What each ship is drawn off its place.
#[derive(Clone, Debug, Default)]
pub struct Easing {
    /// In world units.
    offsets: [[f32; 2]; MAX_SLOTS],
    tick: Tick,
}

impl Easing {
    /// What the slot's ship is drawn off its place, in world units.
    #[must_use]
    pub const fn offset(&self, slot: Slot) -> [f32; 2] {
        self.offsets[slot.index()]
    }

    /// Moves on by `elapsed` to a picture of `arena` at `tick`. If the past was found to be
    /// different since the last picture, `corrected` is what had been predicted for that picture's
    /// tick, see [`Guest::corrected`](netcode::Guest::corrected).
    pub fn advance(
        &mut self,
        elapsed: Duration,
        tick: Tick,
        arena: &Arena,
        corrected: Option<&Arena>,
    ) {
        let shrink = (-elapsed.as_secs_f32() / SECONDS).exp();
        for offset in &mut self.offsets {
            *offset = offset.map(|axis| axis * shrink);
        }
        let ticks = tick.0.saturating_sub(self.tick.0);
        self.tick = tick;
        let Some(corrected) = corrected else {
            return;
        };
        for slot in Slot::first(MAX_SLOTS) {
            let offset = &mut self.offsets[slot.index()];
            *offset = match jump(corrected.ship(slot), arena.ship(slot), ticks) {
                Some([x, y]) => shortened([offset[0] + x, offset[1] + y]),
                None => [0.0; 2],
            };
        }
    }
}

fn shortened([x, y]: [f32; 2]) -> [f32; 2] {
    let scale = (MOST_JUMP / x.hypot(y)).min(1.0);
    [x * scale, y * scale]
}

/// From where a ship is to where it was predicted `ticks` ago to be now, in world units; `None`
/// if there is nothing to ease.
fn jump(predicted: &Ship, actual: &Ship, ticks: u32) -> Option<[f32; 2]> {
    if !predicted.is_flying() || !actual.is_flying() {
        return None;
    }
    let drift = world_units(predicted.velocity.offset()).map(|axis| axis * ticks as f32);
    let expected = predicted.position.moved(units(drift));
    let jump = world_units(actual.position.offset_to(expected));
    (jump[0].hypot(jump[1]) < MOST_JUMP).then_some(jump)
}

/// A way, in world units.
#[must_use]
pub fn world_units(way: Offset) -> [f32; 2] {
    [way.x, way.y].map(|axis| axis as f32 / WORLD_UNIT as f32)
}

/// World units as a way; longer ones than half the arena are cut.
#[must_use]
pub fn units(way: [f32; 2]) -> Offset {
    let half = ARENA_SIZE as f32 / 2.0;
    let [x, y] = way.map(|axis| (axis.clamp(-half, half) * WORLD_UNIT as f32) as i32);
    Offset { x, y }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Position, Velocity};
    use netcode::Simulation;

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
        let [x, y] = jump(&ship(100.0), &ship(108.0), 2).unwrap();
        assert!(x.hypot(y) < 0.01, "{x} {y}");
    }

    #[test]
    fn a_corrected_ship_is_first_drawn_where_it_was_expected() {
        let [x, _] = jump(&ship(4.0), &ship(4090.0), 2).unwrap();
        assert!((x - 18.0).abs() < 0.01, "{x}");
    }

    #[test]
    fn a_new_ship_is_not_dragged_across_the_arena() {
        assert_eq!(jump(&ship(0.0), &ship(900.0), 0), None);
    }
}
