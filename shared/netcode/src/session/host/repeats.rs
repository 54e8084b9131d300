//! Repetition of the last deltas in each delta, for brokers that lose messages.
//!
//! To its readers, a delta with repetitions is one longer delta, so what was published is kept as
//! changes, not as bytes.
//!
//! Non-goals: acknowledgements and checksums, which only the newest delta carries.

use arrayvec::ArrayVec;

use crate::wire::{Delta, MAX_CHANGES, MAX_REPEATS, Repeated, Timed};

/// A delta that later ones may repeat.
#[derive(Clone, Debug)]
struct Published<C, M> {
    span: u8,
    changes: ArrayVec<Timed<C, M>, MAX_CHANGES>,
}

/// The last deltas, as many as are repeated.
#[derive(Clone, Debug)]
pub(super) struct Repeats<C, M> {
    wanted: usize,
    /// Oldest first.
    published: ArrayVec<Published<C, M>, MAX_REPEATS>,
}

impl<C: Clone, M: Clone> Repeats<C, M> {
    /// Lets each delta repeat `wanted` earlier ones, at most [`MAX_REPEATS`].
    pub(super) fn new(wanted: u8) -> Self {
        Self {
            wanted: usize::from(wanted).min(MAX_REPEATS),
            published: ArrayVec::new(),
        }
    }

    /// Prepends as many of the last deltas to `delta` as have room, and remembers its own part.
    pub(super) fn add_to(&mut self, delta: &mut Delta<C, M>) {
        if self.wanted == 0 {
            return;
        }
        let own = Published {
            span: delta.span,
            changes: delta.changes.clone(),
        };
        for past in self.published.iter().rev() {
            let changes = past.changes.len() + delta.changes.len();
            let Some(span) = delta.span.checked_add(past.span) else {
                break;
            };
            // At most half of the changes are repetitions: with messages, more could outgrow the
            // payload.
            if changes > MAX_CHANGES / 2 {
                break;
            }
            for timed in &mut delta.changes {
                timed.offset += past.span;
            }
            let mut joined = past.changes.clone();
            joined.extend(delta.changes.drain(..));
            delta.changes = joined;
            delta.span = span;
            let part = Repeated {
                span: past.span,
                changes: past.changes.len() as u8,
            };
            delta.repeated.insert(0, part);
        }
        while self.published.len() >= self.wanted {
            self.published.remove(0);
        }
        self.published.push(own);
    }
}
