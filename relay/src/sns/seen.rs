//! The messages that have been accepted, for as long as a repetition would be accepted.

use std::collections::HashMap;

use super::MEMORY;

/// The most messages that are remembered; more are refused, so that none is forgotten too early.
const CAPACITY: usize = 10_000;

/// The accepted messages, and when each was sent.
#[derive(Debug, Default)]
pub(super) struct Seen {
    sent: HashMap<u64, u64>,
}

impl Seen {
    /// Remembers a message that was sent at `sent`; `false` if it was accepted before.
    pub(super) fn insert(&mut self, id: &str, sent: u64, now: u64) -> bool {
        self.sent
            .retain(|_, sent| now.abs_diff(*sent) <= MEMORY.as_secs());
        self.sent.len() < CAPACITY && self.sent.insert(digest(id), sent).is_none()
    }
}

/// The first 64 bits of the id's SHA-256.
pub(super) fn digest(id: &str) -> u64 {
    let digest = ring::digest::digest(&ring::digest::SHA256, id.as_bytes());
    let first = digest.as_ref().first_chunk().copied().unwrap_or_default();
    u64::from_le_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_accepted_once_while_it_is_fresh() {
        let mut seen = Seen::default();
        assert!(seen.insert("a", 1_000, 1_000));
        assert!(seen.insert("b", 1_000, 1_010));
        assert!(!seen.insert("a", 1_000, 1_020));
        let later = 1_000 + MEMORY.as_secs() + 1;
        assert!(seen.insert("a", later, later), "long forgotten");
    }
}
