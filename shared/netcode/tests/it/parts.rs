//! States that are larger than one payload, and states that are too large.

use core::time::Duration;

use netcode::wire::{MAX_PARTS, MAX_PAYLOAD};
use netcode::{Simulation as _, Slot, StateTooLarge, Sync};

use crate::dots::Dots;
use crate::network::{HOME, KEYFRAMES, Network};

const SECOND: Duration = Duration::from_secs(1);

/// A match with a state of more than `ballast` bytes, which has run for a while.
fn running(ballast: usize) -> Network<Dots> {
    let mut network = Network::new(Dots::with_ballast(ballast), HOME);
    network
        .host
        .seat_local(Slot::new(0).unwrap(), Duration::ZERO);
    network.host.steer(1);
    network.run(3 * SECOND);
    network
}

#[test]
fn a_late_joiner_gets_a_large_state_in_parts() {
    let mut network = running(10_000);
    assert_eq!(network.host.failure(), None);
    assert_eq!(
        network.broker.retained(KEYFRAMES),
        None,
        "parts are not retained"
    );
    network.join(Some(Slot::new(1).unwrap()));
    network.join(None);
    network.run(3 * SECOND);
    network.assert_in_sync();
    assert!(network.parts >= 3);
}

#[test]
fn a_guest_that_lost_deltas_resynchronises_by_parts() {
    let mut network = running(10_000);
    let slot = Slot::new(1).unwrap();
    let guest = network.join(Some(slot));
    network.run(3 * SECOND);
    network.assert_in_sync();
    network.guests[guest].loses_deltas = true;
    for controls in [2, 3] {
        network.host.steer(controls);
        network.run(SECOND / 4);
    }
    network.guests[guest].loses_deltas = false;
    network.host.steer(4);
    network.run(SECOND / 4);
    assert_ne!(network.guests[guest].guest.sync(), Sync::Live);
    let parts = network.parts;
    network.run(2 * SECOND);
    network.assert_in_sync();
    assert!(network.parts >= parts + 3);
}

#[test]
fn a_state_that_is_too_large_is_a_failure_of_the_host() {
    let mut network = running(MAX_PARTS * MAX_PAYLOAD);
    let guest = network.join(Some(Slot::new(1).unwrap()));
    network.run(3 * SECOND);
    let limit = MAX_PARTS * Dots::<4, 60>::MAX_PAYLOAD;
    assert_eq!(network.host.failure(), Some(StateTooLarge { limit }));
    assert_eq!(network.parts, 0);
    let guest = &network.guests[guest].guest;
    assert_eq!(guest.sync(), Sync::Waiting);
    assert!(guest.predicted().is_none());
}
