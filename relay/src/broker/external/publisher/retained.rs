//! A retained message, and the schedule of its repetitions.
//!
//! A cluster may lose a message between two of its nodes, so each retained message is published
//! again, after longer and longer pauses.

use std::time::{Duration, Instant};

/// The pause before the first repetition; each following pause is four times as long.
const FIRST_REPEAT: Duration = Duration::from_secs(1);

/// The longest pause. All repetitions are within the half minute for which a new player's seat is
/// kept.
const LAST_REPEAT: Duration = Duration::from_secs(16);

/// The newest retained message of a topic.
pub(super) struct Retained {
    pub(super) payload: Vec<u8>,
    /// When it is published again, and the pause before that.
    repeat: Option<(Instant, Duration)>,
}

impl Retained {
    pub(super) fn new(payload: Vec<u8>) -> Self {
        Self {
            payload,
            repeat: Some((Instant::now() + FIRST_REPEAT, FIRST_REPEAT)),
        }
    }

    /// Whether to publish it again now; schedules the next repetition.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        let Some((_, pause)) = self.repeat.filter(|(due, _)| *due <= now) else {
            return false;
        };
        let next = pause * 4;
        self.repeat = (next <= LAST_REPEAT).then(|| (now + next, next));
        true
    }

    /// Whether all repetitions are done.
    pub(super) const fn is_settled(&self) -> bool {
        self.repeat.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retained_message_is_repeated_three_times_within_half_a_minute() {
        let start = Instant::now();
        let mut retained = Retained::new(vec![1]);
        let repeated: Vec<_> = (1..=60)
            .filter(|second| retained.is_due(start + Duration::from_secs(2 * second)))
            .collect();
        assert_eq!(repeated, [1, 3, 11]);
        assert!(retained.is_settled());
    }
}
