//! The latest confirmed checksums, for comparing the states of two sessions.
//!
//! Non-goals: the states themselves.

use std::collections::VecDeque;

use crate::Tick;

/// Enough for five seconds of deltas at 20 a second.
const CAPACITY: usize = 100;

/// Ticks and their states' checksums, oldest first.
#[derive(Clone, Debug, Default)]
pub struct History {
    entries: VecDeque<(Tick, u32)>,
}

impl History {
    /// Adds a checksum. A second one for the same tick, after changes between two steps, replaces
    /// the first.
    pub(super) fn record(&mut self, tick: Tick, checksum: u32) {
        self.entries.pop_back_if(|(known, _)| *known == tick);
        if self.entries.len() == CAPACITY {
            self.entries.pop_front();
        }
        self.entries.push_back((tick, checksum));
    }

    /// Every entry, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (Tick, u32)> + '_ {
        self.entries.iter().copied()
    }

    /// The newest entry.
    #[must_use]
    pub fn latest(&self) -> Option<(Tick, u32)> {
        self.entries.back().copied()
    }
}
