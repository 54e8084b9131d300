//! Random controls for load tests: keys that are pressed and released at the rate of a person.
//!
//! Non-goals: playing well; only the rate of changes matters to the network.

use core::time::Duration;

use rng::Rng;

use super::{Buttons, Controls};

/// A key, and the ranges of times for which it is pressed and released, in milliseconds.
#[derive(Clone, Copy, Debug)]
struct KeyTimes {
    key: Buttons,
    held: (u64, u64),
    idle: (u64, u64),
}

const KEYS: [KeyTimes; 5] = [
    KeyTimes {
        key: Buttons::LEFT,
        held: (80, 450),
        idle: (500, 2500),
    },
    KeyTimes {
        key: Buttons::RIGHT,
        held: (80, 450),
        idle: (500, 2500),
    },
    KeyTimes {
        key: Buttons::THRUST,
        held: (400, 2500),
        idle: (200, 1500),
    },
    KeyTimes {
        key: Buttons::BOOST,
        held: (300, 900),
        idle: (2500, 8000),
    },
    KeyTimes {
        key: Buttons::FIRE,
        held: (150, 1200),
        idle: (300, 2000),
    },
];

/// The state of a key.
#[derive(Clone, Copy, Debug)]
struct KeyState {
    times: KeyTimes,
    down: bool,
    until: Duration,
}

/// A generator of random controls.
#[derive(Clone, Debug)]
pub struct Hands {
    rng: Rng,
    keys: [KeyState; KEYS.len()],
}

impl Hands {
    /// The generator of the player with this number.
    #[must_use]
    pub fn new(seed: u64, number: u8) -> Self {
        Self {
            rng: Rng::new(seed ^ (u64::from(number) << 56)),
            keys: KEYS.map(|times| KeyState {
                times,
                down: true,
                until: Duration::ZERO,
            }),
        }
    }

    /// The controls at `now`, which must not decrease.
    pub fn controls(&mut self, now: Duration) -> Controls {
        let mut buttons = Buttons::NONE;
        for state in &mut self.keys {
            if now >= state.until {
                state.down = !state.down;
                let (least, most) = if state.down {
                    state.times.held
                } else {
                    state.times.idle
                };
                let span = least + self.rng.next() % (most - least);
                state.until = now + Duration::from_millis(span);
            }
            buttons |= state.times.key.when(state.down);
        }
        Controls::new(buttons)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The controls at each tick of the first minute.
    fn minute(seed: u64, number: u8) -> Vec<Controls> {
        let mut hands = Hands::new(seed, number);
        (0..3600)
            .map(|tick| hands.controls(Duration::from_millis(tick * 1000 / 60)))
            .collect()
    }

    #[test]
    fn equal_seeds_and_numbers_give_equal_controls() {
        assert_eq!(minute(1, 1), minute(1, 1));
        assert_ne!(minute(1, 1), minute(1, 2));
        assert_ne!(minute(1, 1), minute(2, 1));
    }

    #[test]
    fn controls_change_a_few_times_a_second() {
        let minute = minute(7, 3);
        let changes = minute.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!(
            (120..=600).contains(&changes),
            "{changes} changes in a minute"
        );
    }
}
