//! A window over the latest few measurements, with a median that a single spike does not move.
//!
//! Non-goals: averages over longer times.

use arrayvec::ArrayVec;

/// A few seconds of inputs at the heartbeat rate.
const CAPACITY: usize = 12;

#[derive(Clone, Debug, Default)]
pub(super) struct Window<T> {
    /// Oldest first.
    samples: ArrayVec<T, CAPACITY>,
}

impl<T: Copy + Ord> Window<T> {
    pub(super) fn push(&mut self, sample: T) {
        if self.samples.is_full() {
            self.samples.remove(0);
        }
        self.samples.push(sample);
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = T> + '_ {
        self.samples.iter().copied()
    }

    pub(super) fn max(&self) -> Option<T> {
        self.samples.iter().max().copied()
    }

    /// The median; of an even number of samples, the larger of the middle two.
    pub(super) fn median(&self) -> Option<T> {
        let mut sorted = self.samples.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::Window;

    #[test]
    fn one_spike_moves_the_maximum_and_not_the_median() {
        let mut window = Window::default();
        assert_eq!(window.median(), None);
        for sample in [5, 4, 900, 6, 5] {
            window.push(sample);
        }
        assert_eq!((window.median(), window.max()), (Some(5), Some(900)));
        for _ in 0..12 {
            window.push(7);
        }
        assert_eq!(window.max(), Some(7), "old samples leave the window");
    }
}
