//! What the devices hold in a frame, as the controls of a ship.

use arena::{Buttons, Controls, Heading};
use bevy::prelude::*;

/// What all devices together hold in this frame.
#[derive(Resource, Default, Clone, Copy, Debug, PartialEq)]
pub(crate) struct PilotInput {
    /// The held buttons of all devices.
    pub(crate) buttons: Buttons,
    /// The direction to turn to; of two devices that aim, the one that is read later wins.
    pub(crate) aim: Option<Heading>,
}

impl PilotInput {
    /// The controls of the ship.
    pub(crate) fn controls(self) -> Controls {
        match self.aim {
            Some(heading) => Controls::aimed(self.buttons, heading),
            None => Controls::new(self.buttons),
        }
    }
}

/// The heading of a direction on the screen, y up.
pub(super) fn heading_of(direction: Vec2) -> Heading {
    let turns = direction.to_angle() / std::f32::consts::TAU;
    Heading((turns.rem_euclid(1.0) * 65536.0) as u32 as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_grow_counter_clockwise_from_the_right() {
        assert_eq!(heading_of(Vec2::X), Heading(0));
        assert_eq!(heading_of(Vec2::Y), Heading(16384));
        assert_eq!(heading_of(Vec2::NEG_X), Heading(32768));
        assert!(heading_of(Vec2::NEG_Y).0.abs_diff(49152) < 4);
    }
}
