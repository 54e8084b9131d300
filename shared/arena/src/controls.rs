//! The controls of a pilot, in two bytes. Any two bytes are valid controls.
//!
//! Non-goals: keyboards, gamepads and touch screens.

use core::ops::{BitOr, BitOrAssign};

use serde::{Deserialize, Serialize};

use super::heading::Heading;

/// The held buttons and, with [`Buttons::AIM`], a direction to turn to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "(u8, u8)", into = "(u8, u8)")]
pub struct Controls {
    buttons: Buttons,
    heading: u8,
}

impl Controls {
    /// Nothing held.
    pub const IDLE: Self = Self::new(Buttons::NONE);

    /// These buttons, without an aim.
    #[must_use]
    pub const fn new(buttons: Buttons) -> Self {
        Self {
            buttons: Buttons(buttons.0 & !Buttons::AIM.0),
            heading: 0,
        }
    }

    /// These buttons while the ship turns to `heading`, to the nearest of 256 directions.
    #[must_use]
    pub const fn aimed(buttons: Buttons, heading: Heading) -> Self {
        Self {
            buttons: Buttons(buttons.0 | Buttons::AIM.0),
            heading: heading.to_byte(),
        }
    }

    /// The held buttons.
    #[must_use]
    pub const fn buttons(self) -> Buttons {
        self.buttons
    }

    /// Whether all of `buttons` are held.
    #[must_use]
    pub const fn held(self, buttons: Buttons) -> bool {
        self.buttons.contains(buttons)
    }

    /// The direction to turn to, if there is one.
    #[must_use]
    pub const fn aim(self) -> Option<Heading> {
        if self.held(Buttons::AIM) {
            Some(Heading::from_byte(self.heading))
        } else {
            None
        }
    }
}

impl From<(u8, u8)> for Controls {
    fn from((buttons, heading): (u8, u8)) -> Self {
        let buttons = Buttons::from_bits(buttons);
        if buttons.contains(Buttons::AIM) {
            Self { buttons, heading }
        } else {
            Self::new(buttons)
        }
    }
}

impl From<Controls> for (u8, u8) {
    fn from(controls: Controls) -> Self {
        (controls.buttons.0, controls.heading)
    }
}

/// A set of buttons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Buttons(u8);

impl Buttons {
    /// No button.
    pub const NONE: Self = Self(0);
    /// Turn counter-clockwise; without effect while aiming.
    pub const LEFT: Self = Self(1);
    /// Turn clockwise; without effect while aiming.
    pub const RIGHT: Self = Self(1 << 1);
    /// Accelerate in the direction of the nose.
    pub const THRUST: Self = Self(1 << 2);
    /// Accelerate more strongly while there is energy, then as by [`Self::THRUST`].
    pub const BOOST: Self = Self(1 << 3);
    /// Fire at the rate of the gun.
    pub const FIRE: Self = Self(1 << 4);
    /// Turn to the heading of the controls.
    pub const AIM: Self = Self(1 << 5);

    const ALL: u8 = (1 << 6) - 1;

    /// The set of these bits; unknown ones are dropped.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & Self::ALL)
    }

    /// Whether all of `others` are in the set.
    #[must_use]
    pub const fn contains(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// Whether any of `others` is in the set.
    #[must_use]
    pub const fn intersects(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// These buttons if `held`, otherwise none: to build a set from conditions.
    #[must_use]
    pub const fn when(self, held: bool) -> Self {
        if held { self } else { Self::NONE }
    }
}

impl BitOr for Buttons {
    type Output = Self;

    fn bitor(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }
}

impl BitOrAssign for Buttons {
    fn bitor_assign(&mut self, others: Self) {
        *self = *self | others;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_are_valid_and_encode_uniquely() {
        for buttons in 0..=u8::MAX {
            for heading in [0, 1, 200] {
                let controls = Controls::from((buttons, heading));
                assert_eq!(Controls::from(<(u8, u8)>::from(controls)), controls);
                let aim = (buttons & Buttons::AIM.0 != 0).then(|| Heading::from_byte(heading));
                assert_eq!(controls.aim(), aim);
            }
        }
        assert_eq!(Controls::from((0xc0, 9)), Controls::IDLE);
    }
}
