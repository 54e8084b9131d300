//! Smooths the corrections of mispredicted ships: a corrected ship is drawn between the predicted and
//! the actual position for a short time.
//!
//! It is part of this crate, and not of the renderer, so that the error of the drawn positions can be
//! measured without a screen.
//!
//! Non-goals: changing the arena; only drawn positions are smoothed, in floating point.

use core::time::Duration;

use crate::MAX_SLOTS;
use crate::{ARENA_SIZE, Arena, Offset, Ship, WORLD_UNIT};
use netcode::{Slot, Tick};

/// The time constant of the exponential decay of a correction, in seconds.
const TIME_CONSTANT: f32 = 0.045;

/// A larger correction is not smoothed, because it is a new ship; in world units.
const MAX_CORRECTION: f32 = 300.0;

/// The offset of each ship's drawn position from its actual one.
#[derive(Clone, Debug, Default)]
pub struct Easing {
    /// In world units.
    offsets: [[f32; 2]; MAX_SLOTS],
    tick: Tick,
}

impl Easing {
    /// The offset of the drawn position of the slot's ship, in world units.
    #[must_use]
    pub const fn offset(&self, slot: Slot) -> [f32; 2] {
        self.offsets[slot.index()]
    }

    /// Advances by `elapsed` to a frame that shows `arena` at `tick`. If the prediction was corrected
    /// since the last frame, `corrected` is the old prediction for the tick of that frame; see
    /// [`Guest::corrected`](netcode::Guest::corrected).
    pub fn advance(
        &mut self,
        elapsed: Duration,
        tick: Tick,
        arena: &Arena,
        corrected: Option<&Arena>,
    ) {
        let shrink = (-elapsed.as_secs_f32() / TIME_CONSTANT).exp();
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
            *offset = match correction(corrected.ship(slot), arena.ship(slot), ticks) {
                Some([x, y]) => limited([offset[0] + x, offset[1] + y]),
                None => [0.0; 2],
            };
        }
    }
}

fn limited([x, y]: [f32; 2]) -> [f32; 2] {
    let scale = (MAX_CORRECTION / x.hypot(y)).min(1.0);
    [x * scale, y * scale]
}

/// The offset from the actual position of a ship to the one that follows from the prediction `ticks`
/// ago, in world units; `None` if there is nothing to smooth.
fn correction(predicted: &Ship, actual: &Ship, ticks: u32) -> Option<[f32; 2]> {
    if !predicted.is_flying() || !actual.is_flying() {
        return None;
    }
    let drift = world_units(predicted.velocity.offset()).map(|axis| axis * ticks as f32);
    let expected = predicted.position.moved(units(drift));
    let correction = world_units(actual.position.offset_to(expected));
    (correction[0].hypot(correction[1]) < MAX_CORRECTION).then_some(correction)
}

/// An offset in world units.
#[must_use]
pub fn world_units(offset: Offset) -> [f32; 2] {
    [offset.x, offset.y].map(|axis| axis as f32 / WORLD_UNIT as f32)
}

/// An offset from world units, limited to half the arena along each axis.
#[must_use]
pub fn units(offset: [f32; 2]) -> Offset {
    let half = ARENA_SIZE as f32 / 2.0;
    let [x, y] = offset.map(|axis| (axis.clamp(-half, half) * WORLD_UNIT as f32) as i32);
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
    fn predicted_movement_gives_no_correction() {
        let [x, y] = correction(&ship(100.0), &ship(108.0), 2).unwrap();
        assert!(x.hypot(y) < 0.01, "{x} {y}");
    }

    #[test]
    fn a_corrected_ship_is_first_drawn_at_its_predicted_position() {
        let [x, _] = correction(&ship(4.0), &ship(4090.0), 2).unwrap();
        assert!((x - 18.0).abs() < 0.01, "{x}");
    }

    #[test]
    fn a_new_ship_is_not_smoothed() {
        assert_eq!(correction(&ship(0.0), &ship(900.0), 0), None);
    }
}
