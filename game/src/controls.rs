//! The pilot's hands: keyboard, mouse and touch, gathered into one [`Hands`].
//!
//! Each device only says what it holds; what the match does with it is the match's business.

pub(crate) mod keyboard;
pub(crate) mod mouse;
pub(crate) mod touch;

use bevy::prelude::*;
use shared::sim::arena::{Buttons, Controls, Heading};

use crate::typing::not_typing;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Hands>()
        .add_plugins(touch::plugin)
        .add_systems(
            PreUpdate,
            (
                clear,
                (keyboard::read, mouse::read).run_if(not_typing),
                touch::read,
            )
                .chain()
                .in_set(ControlSystems)
                .after(bevy::input::InputSystems),
        );
}

/// The devices are read.
#[derive(SystemSet, Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct ControlSystems;

/// What all devices together hold in this frame.
#[derive(Resource, Default, Clone, Copy, Debug, PartialEq)]
pub(crate) struct Hands {
    /// The held buttons of all devices.
    pub(crate) buttons: Buttons,
    /// The direction to turn to; of two devices that aim, the later read wins.
    pub(crate) aim: Option<Heading>,
}

impl Hands {
    /// The controls that these hands hold.
    pub(crate) fn controls(self) -> Controls {
        match self.aim {
            Some(heading) => Controls::aimed(self.buttons, heading),
            None => Controls::new(self.buttons),
        }
    }
}

fn clear(mut hands: ResMut<Hands>) {
    *hands = Hands::default();
}

/// The heading of a way on the screen, y up.
pub(crate) fn heading_of(way: Vec2) -> Heading {
    let turns = way.to_angle() / std::f32::consts::TAU;
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
