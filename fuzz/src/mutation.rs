//! Random changes of inputs: the usual ones of mutation fuzzers (bit flips, boundary values,
//! insertions, deletions, copies, splices), several of them at once.

use rng::Rng;

/// The longest input, in bytes: longer than any payload.
pub const MAX_INPUT: usize = 8192;

/// The most changes of one input.
const MAX_CHANGES: u32 = 8;

/// The most bytes that one change inserts or deletes.
const MAX_RUN: u32 = 32;

/// Bytes at which encodings and comparisons change: ends of ranges, and the markers of variable-length
/// integers.
const BOUNDARIES: [u8; 12] = [
    0, 1, 2, 0x3f, 0x40, 0x7f, 0x80, 0xfa, 0xfb, 0xfc, 0xfd, 0xff,
];

/// A changed copy of a random input of the corpus; random bytes if the corpus is empty.
#[must_use]
pub fn mutate(corpus: &[Vec<u8>], rng: &mut Rng) -> Vec<u8> {
    let mut input = pick(corpus, rng).to_vec();
    for _ in 0..=rng.below(MAX_CHANGES) {
        change(&mut input, corpus, rng);
    }
    input.truncate(MAX_INPUT);
    input
}

fn change(input: &mut Vec<u8>, corpus: &[Vec<u8>], rng: &mut Rng) {
    let length = input.len();
    let at = index(length, rng);
    let run = 1 + rng.below(MAX_RUN) as usize;
    let end = (at + run).min(length);
    match rng.below(9) {
        0 if length > 0 => input[at] ^= 1 << rng.below(8),
        1 if length > 0 => input[at] = rng.next() as u8,
        2 if length > 0 => input[at] = BOUNDARIES[rng.below(BOUNDARIES.len() as u32) as usize],
        3 if length > 0 => input[at] = input[at].wrapping_add(rng.below(9) as u8).wrapping_sub(4),
        4 if length > 0 => drop(input.drain(at..end)),
        5 if length > 0 => {
            let copy = input[at..end].to_vec();
            let to = index(length, rng);
            input.splice(to..to, copy);
        }
        6 => input.truncate(at),
        7 => {
            let other = pick(corpus, rng);
            let from = index(other.len(), rng);
            input.truncate(at);
            input.extend_from_slice(&other[from..]);
        }
        _ => {
            let random: Vec<u8> = (0..run).map(|_| rng.next() as u8).collect();
            input.splice(at..at, random);
        }
    }
}

fn pick<'a>(corpus: &'a [Vec<u8>], rng: &mut Rng) -> &'a [u8] {
    corpus
        .get(index(corpus.len(), rng))
        .map_or(&[], Vec::as_slice)
}

/// An index below `length`; 0 if there is none.
fn index(length: usize, rng: &mut Rng) -> usize {
    rng.below(length as u32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_give_equal_inputs() {
        let corpus = [b"one input".to_vec(), b"another".to_vec(), Vec::new()];
        let inputs = |seed| {
            let mut rng = Rng::new(seed);
            [(); 1000].map(|()| mutate(&corpus, &mut rng))
        };
        assert_eq!(inputs(1), inputs(1));
        assert_ne!(inputs(1), inputs(2));
    }

    #[test]
    fn inputs_stay_short() {
        let corpus = [vec![7; MAX_INPUT]];
        let mut rng = Rng::new(3);
        for _ in 0..1000 {
            assert!(mutate(&corpus, &mut rng).len() <= MAX_INPUT);
        }
    }

    #[test]
    fn no_corpus_is_needed() {
        let mut rng = Rng::new(4);
        assert!((0..100).any(|_| !mutate(&[], &mut rng).is_empty()));
    }
}
