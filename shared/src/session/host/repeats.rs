//! Repetition of the last deltas in each delta, for brokers that lose messages.
//!
//! It deliberately keeps what was published as changes and not as bytes: a reader takes a delta
//! with repetitions as one longer delta.

use arrayvec::ArrayVec;

use crate::wire::{Delta, MAX_CHANGES, MAX_REPEATS, Repeated, Timed};

/// A delta that later ones may repeat.
#[derive(Clone, Debug)]
struct Published<C> {
    span: u8,
    changes: ArrayVec<Timed<C>, MAX_CHANGES>,
}

/// The last deltas, as many as are to be repeated.
#[derive(Clone, Debug)]
pub(super) struct Repeats<C> {
    wanted: usize,
    /// Oldest first.
    published: ArrayVec<Published<C>, MAX_REPEATS>,
}

impl<C: Clone> Repeats<C> {
    /// Each delta is to repeat so many earlier ones, at most [`MAX_REPEATS`].
    pub(super) fn new(wanted: u8) -> Self {
        Self {
            wanted: usize::from(wanted).min(MAX_REPEATS),
            published: ArrayVec::new(),
        }
    }

    /// Puts as many of the last deltas before `delta`'s own ticks and changes as have room, and
    /// remembers what was its own.
    pub(super) fn add_to(&mut self, delta: &mut Delta<C>) {
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
            // Half of the room is for the repeated: chat could make more outgrow the payload.
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
