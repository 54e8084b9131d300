//! The hands of a pilot that is no person: keys that are held and let go after human times.
//!
//! They deliberately do not look at the arena. What matters to the network is how often controls
//! change, and that does not depend on flying well.

use core::time::Duration;

use rng::Rng;

use super::{Buttons, Controls};

/// A key, and for how long people hold it and leave it alone, in milliseconds.
#[derive(Clone, Copy, Debug)]
struct Habit {
    key: Buttons,
    held: (u64, u64),
    idle: (u64, u64),
}

const HABITS: [Habit; 5] = [
    Habit {
        key: Buttons::LEFT,
        held: (80, 450),
        idle: (500, 2500),
    },
    Habit {
        key: Buttons::RIGHT,
        held: (80, 450),
        idle: (500, 2500),
    },
    Habit {
        key: Buttons::THRUST,
        held: (400, 2500),
        idle: (200, 1500),
    },
    Habit {
        key: Buttons::BOOST,
        held: (300, 900),
        idle: (2500, 8000),
    },
    Habit {
        key: Buttons::FIRE,
        held: (150, 1200),
        idle: (300, 2000),
    },
];

#[derive(Clone, Copy, Debug)]
struct Finger {
    habit: Habit,
    down: bool,
    until: Duration,
}

/// Hands that never tire.
#[derive(Clone, Debug)]
pub struct Hands {
    random: Rng,
    fingers: [Finger; HABITS.len()],
}

impl Hands {
    /// The hands of the player with this number.
    #[must_use]
    pub fn new(seed: u64, number: u8) -> Self {
        Self {
            random: Rng::new(seed ^ (u64::from(number) << 56)),
            fingers: HABITS.map(|habit| Finger {
                habit,
                down: true,
                until: Duration::ZERO,
            }),
        }
    }

    /// What they hold at `now`, which never goes back.
    pub fn controls(&mut self, now: Duration) -> Controls {
        let mut buttons = Buttons::NONE;
        for finger in &mut self.fingers {
            if now >= finger.until {
                finger.down = !finger.down;
                let (least, most) = if finger.down {
                    finger.habit.held
                } else {
                    finger.habit.idle
                };
                let span = least + self.random.next() % (most - least);
                finger.until = now + Duration::from_millis(span);
            }
            buttons |= finger.habit.key.when(finger.down);
        }
        Controls::new(buttons)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The controls of the hands' first minute, at each tick.
    fn minute(seed: u64, number: u8) -> Vec<Controls> {
        let mut hands = Hands::new(seed, number);
        (0..3600)
            .map(|tick| hands.controls(Duration::from_millis(tick * 1000 / 60)))
            .collect()
    }

    #[test]
    fn the_same_seed_moves_the_same_hands() {
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
