//! The latest few measurements, of which spikes must not decide: what came out of a stall says
//! nothing about what comes next.

use arrayvec::ArrayVec;

/// A few seconds of heartbeats.
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

    /// The middle one; of an even number, the larger of the two.
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
        assert_eq!(window.max(), Some(7), "what is old is forgotten");
    }
}
