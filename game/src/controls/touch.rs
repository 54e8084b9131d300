//! Touch: the left thumb's stick steers to a heading and thrusts when pushed out, the right
//! thumb's buttons fire and boost.
//!
//! The stick appears where the thumb lands. Its direction only changes when the thumb clearly
//! moved, so that a resting thumb sends nothing new.

use bevy::input::touch::{TouchInput, TouchPhase};
use bevy::prelude::*;
use bevy::window::PrimaryWindow;
use shared::sim::arena::{Buttons, Heading};

use super::{Hands, heading_of};
use crate::platform;

/// The stick's reach in logical pixels: pushed this far, it thrusts.
pub(crate) const STICK_RADIUS: f32 = 56.0;

/// Nearer to where it landed than this, the thumb gives no direction.
const DEAD_ZONE: f32 = 12.0;

/// The share of the reach at which thrust sets in, and the lower one at which it ends.
const THRUST_ON: f32 = 0.75;
const THRUST_OFF: f32 = 0.6;

/// The aim follows the thumb when it is off by this much: 1/64 of a turn.
const AIM_STEP: u16 = 1024;

pub(super) fn plugin(app: &mut App) {
    app.insert_resource(Pad::new(platform::prefers_touch()));
}

/// Where the thumbs are.
#[derive(Resource, Debug)]
pub(crate) struct Pad {
    /// Whether this player uses touch: then the buttons are shown.
    pub(crate) in_use: bool,
    pub(crate) stick: Option<Stick>,
    fire: Option<u64>,
    boost: Option<u64>,
}

/// A thumb on the stick; positions in logical pixels from the window's upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stick {
    finger: u64,
    /// Where it landed, or was dragged along to.
    pub(crate) origin: Vec2,
    /// Where it is.
    pub(crate) thumb: Vec2,
    aim: Option<Heading>,
    thrust: bool,
}

/// Where the buttons are, for a window's size in logical pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PadLayout {
    /// Middle and radius.
    pub(crate) fire: (Vec2, f32),
    /// Middle and radius.
    pub(crate) boost: (Vec2, f32),
    /// Where the stick waits.
    pub(crate) stick: Vec2,
}

impl PadLayout {
    /// The same in portrait and landscape: thumbs reach into the lower corners.
    pub(crate) fn of(window: Vec2) -> Self {
        let corner = |x: f32, y: f32| window - Vec2::new(x, y);
        Self {
            fire: (corner(72.0, 84.0), 44.0),
            boost: (corner(160.0, 60.0), 34.0),
            stick: Vec2::new(96.0, window.y - 104.0),
        }
    }
}

impl Pad {
    fn new(in_use: bool) -> Self {
        Self {
            in_use,
            stick: None,
            fire: None,
            boost: None,
        }
    }

    /// Whether the button is held.
    pub(crate) fn firing(&self) -> bool {
        self.fire.is_some()
    }

    /// Whether the button is held.
    pub(crate) fn boosting(&self) -> bool {
        self.boost.is_some()
    }

    fn touch(&mut self, event: &TouchInput, window: Vec2) {
        match event.phase {
            TouchPhase::Started => self.land(event.id, event.position, window),
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

    fn land(&mut self, finger: u64, at: Vec2, window: Vec2) {
        self.in_use = true;
        let layout = PadLayout::of(window);
        // A thumb is wide: what lands a little beside a button meant it.
        let meant = |(middle, radius): (Vec2, f32)| (at - middle).length() <= radius + 14.0;
        if meant(layout.fire) {
            self.fire = Some(finger);
        } else if meant(layout.boost) {
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

    fn hands(&self) -> Hands {
        let stick = self.stick;
        Hands {
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
        let mut way = thumb - self.origin;
        if way.length() > STICK_RADIUS {
            // The stick trails behind a thumb that goes too far, so that turning back is short.
            self.origin = thumb - way.clamp_length_max(STICK_RADIUS);
            way = thumb - self.origin;
        }
        let push = way.length() / STICK_RADIUS;
        self.thrust = push > if self.thrust { THRUST_OFF } else { THRUST_ON };
        if way.length() > DEAD_ZONE {
            let heading = heading_of(way * Vec2::new(1.0, -1.0));
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
    mut pad: ResMut<Pad>,
    mut hands: ResMut<Hands>,
) {
    for event in touches.read() {
        pad.touch(event, window.size());
    }
    let thumbs = pad.hands();
    hands.buttons |= thumbs.buttons;
    hands.aim = thumbs.aim.or(hands.aim);
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Vec2 = Vec2::new(844.0, 390.0);

    fn touch(pad: &mut Pad, phase: TouchPhase, id: u64, position: Vec2) {
        let window = Entity::PLACEHOLDER;
        pad.touch(
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
        let mut pad = Pad::new(false);
        let layout = PadLayout::of(WINDOW);
        touch(&mut pad, TouchPhase::Started, 1, Vec2::new(100.0, 250.0));
        touch(&mut pad, TouchPhase::Moved, 1, Vec2::new(100.0, 195.0));
        touch(&mut pad, TouchPhase::Started, 2, layout.fire.0);
        let hands = pad.hands();
        assert_eq!(hands.aim, Some(Heading(16384)));
        assert_eq!(hands.buttons, Buttons::THRUST | Buttons::FIRE);
        touch(&mut pad, TouchPhase::Ended, 1, Vec2::new(100.0, 195.0));
        assert_eq!(
            pad.hands(),
            Hands {
                buttons: Buttons::FIRE,
                aim: None
            }
        );
        touch(&mut pad, TouchPhase::Canceled, 2, Vec2::ZERO);
        assert_eq!(pad.hands(), Hands::default());
    }

    #[test]
    fn a_resting_thumb_sends_nothing_new() {
        let mut pad = Pad::new(true);
        touch(&mut pad, TouchPhase::Started, 1, Vec2::new(100.0, 250.0));
        touch(&mut pad, TouchPhase::Moved, 1, Vec2::new(143.0, 250.0));
        let held = pad.hands();
        for wobble in [0.5, -0.8, 1.0, -1.5] {
            touch(
                &mut pad,
                TouchPhase::Moved,
                1,
                Vec2::new(142.0 + wobble, 250.0 + wobble),
            );
            assert_eq!(pad.hands(), held);
        }
    }

    #[test]
    fn the_stick_follows_a_thumb_that_goes_too_far() {
        let mut pad = Pad::new(true);
        touch(&mut pad, TouchPhase::Started, 1, Vec2::new(100.0, 250.0));
        touch(&mut pad, TouchPhase::Moved, 1, Vec2::new(300.0, 250.0));
        let stick = pad.stick.unwrap();
        assert!((stick.origin.x - (300.0 - STICK_RADIUS)).abs() < 1e-3);
        touch(&mut pad, TouchPhase::Moved, 1, Vec2::new(220.0, 250.0));
        assert_eq!(pad.hands().aim, Some(Heading(32768)));
    }

    #[test]
    fn buttons_are_big_enough_and_apart_on_small_phones() {
        for window in [WINDOW, Vec2::new(360.0, 640.0), Vec2::new(568.0, 320.0)] {
            let PadLayout { fire, boost, stick } = PadLayout::of(window);
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
