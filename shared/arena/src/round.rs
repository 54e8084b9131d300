//! Rounds: play, results, and on to the next.
//!
//! The clock only; what a new round means for the field and the ships is the arena's to say.

use serde::{Deserialize, Serialize};

use crate::TICK_RATE;

/// How long a round is played, in ticks.
pub const PLAY_TICKS: u16 = (180 * TICK_RATE) as u16;

/// How long the results stand, in ticks.
pub const RESULTS_TICKS: u16 = (12 * TICK_RATE) as u16;

/// Where the match stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Round {
    /// Counts from 1.
    pub number: u16,
    /// What is going on.
    pub phase: Phase,
    /// Ticks left of the phase.
    pub remaining: u16,
}

/// What is going on in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Phase {
    /// Pilots fight.
    Playing,
    /// Ships coast, nobody can fire, collect or be hurt, and the scores stand.
    Results,
}

impl Round {
    pub(super) const FIRST: Self = Self {
        number: 1,
        phase: Phase::Playing,
        remaining: PLAY_TICKS,
    };

    /// Whether pilots fight.
    #[must_use]
    pub fn is_playing(self) -> bool {
        self.phase == Phase::Playing
    }

    /// One tick; the phase that begins with it, if one does.
    pub(super) fn tick(&mut self) -> Option<Phase> {
        self.remaining = self.remaining.saturating_sub(1);
        if self.remaining > 0 {
            return None;
        }
        *self = match self.phase {
            Phase::Playing => Self {
                phase: Phase::Results,
                remaining: RESULTS_TICKS,
                ..*self
            },
            Phase::Results => Self {
                number: self.number.wrapping_add(1),
                ..Self::FIRST
            },
        };
        Some(self.phase)
    }
}
