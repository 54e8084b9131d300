//! The scores of a match.

use netcode::Simulation;

use crate::players::TestPlayer;

/// The salvage of each participant's ship, in the first participant's state.
///
/// # Panics
/// If one of them has no ship.
pub fn scores(pilots: &[TestPlayer]) -> Vec<u16> {
    let (_, arena) = pilots[0].peer().present().unwrap();
    pilots
        .iter()
        .map(|pilot| {
            let slot = pilot.peer().slot().unwrap();
            assert!(arena.controls(slot).is_some(), "everybody flies on");
            arena.ship(slot).score
        })
        .collect()
}
