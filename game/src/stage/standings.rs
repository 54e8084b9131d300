//! The order of the pilots in the round, by salvage, then by ships destroyed.

use std::cmp::Reverse;

use netcode::Slot;

use super::scene::Stage;

/// A pilot's place in the round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// From 1; pilots with equal results share a place.
    pub(crate) place: usize,
    pub(crate) slot: Slot,
    pub(crate) score: u16,
    pub(crate) kills: u16,
}

/// All pilots, the best first.
pub(crate) fn standings(stage: &Stage) -> Vec<Standing> {
    let results = stage
        .ships()
        .map(|(slot, ship)| (slot, ship.score, ship.kills));
    ranked(results.collect())
}

fn ranked(mut results: Vec<(Slot, u16, u16)>) -> Vec<Standing> {
    results.sort_by_key(|&(slot, score, kills)| (Reverse((score, kills)), slot));
    let mut standings: Vec<Standing> = Vec::with_capacity(results.len());
    for (index, (slot, score, kills)) in results.into_iter().enumerate() {
        let place = match standings.last() {
            Some(last) if (last.score, last.kills) == (score, kills) => last.place,
            _ => index + 1,
        };
        standings.push(Standing {
            place,
            slot,
            score,
            kills,
        });
    }
    standings
}

/// A table row of a fixed number of columns.
pub(crate) fn row(standing: &Standing, name: &str) -> String {
    let Standing {
        place,
        score,
        kills,
        ..
    } = standing;
    format!("{place:>2}  {name:<12} {score:>6} {kills:>5}")
}

/// The head of the table.
pub(crate) const HEAD: &str = " #  PILOT       SALVAGE KILLS";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_results_share_a_place() {
        let slot = |index| Slot::new(index).unwrap();
        let standings = ranked(vec![
            (slot(0), 5, 0),
            (slot(1), 9, 1),
            (slot(2), 5, 0),
            (slot(3), 5, 2),
        ]);
        let places: Vec<_> = standings
            .iter()
            .map(|s| (s.place, s.slot.index()))
            .collect();
        assert_eq!(places, [(1, 1), (2, 3), (3, 0), (3, 2)]);
    }

    #[test]
    fn rows_are_as_wide_as_their_head() {
        let slot = Slot::new(31).unwrap();
        let standing = Standing {
            place: 32,
            slot,
            score: 60000,
            kills: 999,
        };
        assert_eq!(
            row(&standing, "twelve chars").len(),
            row(&standing, "x").len()
        );
        assert_eq!(row(&standing, "twelve chars").len(), HEAD.len());
    }
}
