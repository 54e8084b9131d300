//! Touch: a stick under the left thumb steers to a heading, and thrusts when pushed out; buttons
//! under the right thumb fire and boost.
//!
//! The stick appears where the thumb touches. Its direction changes only when the thumb clearly
//! moves, so that a resting thumb causes no new inputs.

use arena::{Buttons, Heading};
use bevy::input::touch::{TouchInput, TouchPhase};
use bevy::prelude::*;
use bevy::window::PrimaryWindow;

use super::pilot_input::{PilotInput, heading_of};
use crate::platform;

/// The stick's radius in logical pixels.
pub(crate) const STICK_RADIUS: f32 = 56.0;

/// Nearer to the origin of the stick than this, in logical pixels, the thumb gives no direction.
const DEAD_ZONE: f32 = 12.0;

/// The shares of the radius at which thrust begins, and ends.
const THRUST_ON: f32 = 0.75;
const THRUST_OFF: f32 = 0.6;

/// The aim changes when it differs from the thumb by this much: 1/64 of a turn.
const AIM_STEP: u16 = 1024;

pub(super) fn plugin(app: &mut App) {
    app.insert_resource(TouchControls::new(platform::prefers_touch()));
}

/// The stick and the buttons, and the fingers on them.
#[derive(Resource, Debug)]
pub(crate) struct TouchControls {
    /// Whether the player uses touch, so that the controls are shown.
    pub(crate) in_use: bool,
    pub(crate) stick: Option<Stick>,
    fire: Option<u64>,
    boost: Option<u64>,
}

/// A thumb on the stick; positions in logical pixels from the window's upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stick {
    finger: u64,
    /// Its middle: where the thumb touched, or where the thumb dragged it.
    pub(crate) origin: Vec2,
    /// The thumb.
    pub(crate) thumb: Vec2,
    aim: Option<Heading>,
    thrust: bool,
}

/// Places in logical pixels from the window's upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TouchLayout {
    /// Middle and radius.
    pub(crate) fire: (Vec2, f32),
    /// Middle and radius.
    pub(crate) boost: (Vec2, f32),
    /// The middle of the stick while no thumb is on it.
    pub(crate) stick: Vec2,
}

impl TouchLayout {
    /// The layout for a window of this size in logical pixels: in the lower corners, in portrait and
    /// in landscape.
    pub(crate) fn of(window: Vec2) -> Self {
        let corner = |x: f32, y: f32| window - Vec2::new(x, y);
        Self {
            fire: (corner(72.0, 84.0), 44.0),
            boost: (corner(160.0, 60.0), 34.0),
            stick: Vec2::new(96.0, window.y - 104.0),
        }
    }
}

impl TouchControls {
    fn new(in_use: bool) -> Self {
        Self {
            in_use,
            stick: None,
            fire: None,
            boost: None,
        }
    }

    /// Whether the fire button is held.
    pub(crate) fn firing(&self) -> bool {
        self.fire.is_some()
    }

    /// Whether the boost button is held.
    pub(crate) fn boosting(&self) -> bool {
        self.boost.is_some()
    }

    fn touch(&mut self, event: &TouchInput, window: Vec2) {
        match event.phase {
            TouchPhase::Started => self.start(event.id, event.position, window),
            TouchPhase::Moved => {
                if let Some(stick) = self.stick.as_mut().filter(|stick| stick.finger == event.id) {
                    stick.follow(event.position);
                }
            }
            TouchPhase::Ended | TouchPhase::Canceled => {
                self.stick.take_if(|stick| stick.finger == event.id);
                self.fire.take_if(|finger| *finger == event.id);
                self.boost.take_if(|finger| *finger == event.id);
            }
        }
    }

    fn start(&mut self, finger: u64, at: Vec2, window: Vec2) {
        self.in_use = true;
        let layout = TouchLayout::of(window);
        // Thumbs are wide: a touch slightly beside a button counts.
        let hits = |(middle, radius): (Vec2, f32)| (at - middle).length() <= radius + 14.0;
        if hits(layout.fire) {
            self.fire = Some(finger);
        } else if hits(layout.boost) {
            self.boost = Some(finger);
        } else if at.x < window.x / 2.0 && at.y > window.y / 3.0 {
            self.stick = Some(Stick {
                finger,
                origin: at,
                thumb: at,
                aim: None,
                thrust: false,
            });
        }
    }

    fn input(&self) -> PilotInput {
        let stick = self.stick;
        PilotInput {
            buttons: Buttons::FIRE.when(self.firing())
                | Buttons::BOOST.when(self.boosting())
                | Buttons::THRUST.when(stick.is_some_and(|stick| stick.thrust)),
            aim: stick.and_then(|stick| stick.aim),
        }
    }
}

impl Stick {
    fn follow(&mut self, thumb: Vec2) {
        self.thumb = thumb;
        let mut offset = thumb - self.origin;
        if offset.length() > STICK_RADIUS {
            // The stick is dragged along, so that turning back is a short way.
            self.origin = thumb - offset.clamp_length_max(STICK_RADIUS);
            offset = thumb - self.origin;
        }
        let push = offset.length() / STICK_RADIUS;
        self.thrust = push > if self.thrust { THRUST_OFF } else { THRUST_ON };
        if offset.length() > DEAD_ZONE {
            let heading = heading_of(offset * Vec2::new(1.0, -1.0));
            let steady = self
                .aim
                .is_some_and(|aim| aim.turn_to(heading).unsigned_abs() < AIM_STEP);
            if !steady {
                self.aim = Some(heading);
            }
        }
    }
}

pub(super) fn read(
    mut touches: MessageReader<TouchInput>,
    window: Single<&Window, With<PrimaryWindow>>,
    mut controls: ResMut<TouchControls>,
    mut input: ResMut<PilotInput>,
) {
    for event in touches.read() {
        controls.touch(event, window.size());
    }
    let thumbs = controls.input();
    input.buttons |= thumbs.buttons;
    input.aim = thumbs.aim.or(input.aim);
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Vec2 = Vec2::new(844.0, 390.0);

    fn touch(controls: &mut TouchControls, phase: TouchPhase, id: u64, position: Vec2) {
        let window = Entity::PLACEHOLDER;
        controls.touch(
            &TouchInput {
                phase,
                position,
                window,
                force: None,
                id,
            },
            WINDOW,
        );
    }

    #[test]
    fn two_thumbs_steer_and_fire_at_once() {
        let mut controls = TouchControls::new(false);
        let layout = TouchLayout::of(WINDOW);
        touch(
            &mut controls,
            TouchPhase::Started,
            1,
            Vec2::new(100.0, 250.0),
        );
        touch(&mut controls, TouchPhase::Moved, 1, Vec2::new(100.0, 195.0));
        touch(&mut controls, TouchPhase::Started, 2, layout.fire.0);
        let input = controls.input();
        assert_eq!(input.aim, Some(Heading(16384)));
        assert_eq!(input.buttons, Buttons::THRUST | Buttons::FIRE);
        touch(&mut controls, TouchPhase::Ended, 1, Vec2::new(100.0, 195.0));
        assert_eq!(
            controls.input(),
            PilotInput {
                buttons: Buttons::FIRE,
                aim: None
            }
        );
        touch(&mut controls, TouchPhase::Canceled, 2, Vec2::ZERO);
        assert_eq!(controls.input(), PilotInput::default());
    }

    #[test]
    fn a_resting_thumb_changes_nothing() {
        let mut controls = TouchControls::new(true);
        touch(
            &mut controls,
            TouchPhase::Started,
            1,
            Vec2::new(100.0, 250.0),
        );
        touch(&mut controls, TouchPhase::Moved, 1, Vec2::new(143.0, 250.0));
        let held = controls.input();
        for wobble in [0.5, -0.8, 1.0, -1.5] {
            touch(
                &mut controls,
                TouchPhase::Moved,
                1,
                Vec2::new(142.0 + wobble, 250.0 + wobble),
            );
            assert_eq!(controls.input(), held);
        }
    }

    #[test]
    fn the_stick_is_dragged_by_a_thumb_beyond_its_radius() {
        let mut controls = TouchControls::new(true);
        touch(
            &mut controls,
            TouchPhase::Started,
            1,
            Vec2::new(100.0, 250.0),
        );
        touch(&mut controls, TouchPhase::Moved, 1, Vec2::new(300.0, 250.0));
        let stick = controls.stick.unwrap();
        assert!((stick.origin.x - (300.0 - STICK_RADIUS)).abs() < 1e-3);
        touch(&mut controls, TouchPhase::Moved, 1, Vec2::new(220.0, 250.0));
        assert_eq!(controls.input().aim, Some(Heading(32768)));
    }

    #[test]
    fn buttons_are_big_enough_and_apart_on_small_phones() {
        for window in [WINDOW, Vec2::new(360.0, 640.0), Vec2::new(568.0, 320.0)] {
            let TouchLayout { fire, boost, stick } = TouchLayout::of(window);
            assert!(fire.1 * 2.0 >= 56.0 && boost.1 * 2.0 >= 56.0);
            assert!((fire.0 - boost.0).length() > fire.1 + boost.1);
            assert!(
                (stick - boost.0).length() > STICK_RADIUS + boost.1,
                "{window}"
            );
            for (middle, radius) in [fire, boost] {
                let box_ = Rect::from_center_half_size(middle, Vec2::splat(radius));
                assert!(Rect::from_corners(Vec2::ZERO, window).union(box_).size() == window);
            }
        }
    }
}
