//! The clock of rounds: play, then results, then the next round.
//!
//! Non-goals: the effects of a new round on field and ships.

use serde::{Deserialize, Serialize};

use crate::TICK_RATE;

/// The length of play in a round, in ticks.
pub const PLAY_TICKS: u16 = (180 * TICK_RATE) as u16;

/// How long the results are shown, in ticks.
pub const RESULTS_TICKS: u16 = (12 * TICK_RATE) as u16;

/// A round and its phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Round {
    /// The number of the round, from 1.
    pub number: u16,
    /// The phase.
    pub phase: Phase,
    /// The remaining ticks of the phase.
    pub remaining: u16,
}

/// The phase of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Phase {
    /// Play.
    Playing,
    /// The scores are shown; ships coast, and cannot fire, collect or be damaged.
    Results,
}

impl Round {
    pub(super) const FIRST: Self = Self {
        number: 1,
        phase: Phase::Playing,
        remaining: PLAY_TICKS,
    };

    /// Whether the phase is play.
    #[must_use]
    pub fn is_playing(self) -> bool {
        self.phase == Phase::Playing
    }

    /// Advances by one tick; returns the phase that begins with it, if any.
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
