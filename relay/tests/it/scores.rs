use netcode::Simulation;

use crate::pilots::Pilot;

/// What the first pilot's arena holds each seat's salvage for; everybody flies.
pub(crate) fn scores(pilots: &[Pilot]) -> Vec<u16> {
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
