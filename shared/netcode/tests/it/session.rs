//! A host and its guests agree, whatever the game's constants.

use core::time::Duration;

use netcode::{Notice, Simulation, Slot};

use crate::dots::Dots;
use crate::network::{HOME, Network};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn guests_and_spectators_hold_the_hosts_state() {
    let mut network = Network::new(Dots::<4, 60>::new(), HOME);
    let slots: Vec<Slot> = Dots::<4, 60>::slots().collect();
    network.host.seat_local(slots[0], Duration::ZERO);
    network.run(SECOND);
    for slot in [Some(slots[1]), Some(slots[2]), None] {
        network.join(slot);
    }
    network.run(SECOND);
    network.host.steer(1);
    network.guests[0].guest.steer(2);
    network.guests[1].guest.steer(3);
    network.run(2 * SECOND);
    network.assert_in_sync();
    for slot in &slots[..3] {
        assert!(network.host.state().place(*slot) > 60, "{slot} has moved");
    }
    for client in &network.guests {
        let health = client.guest.health();
        assert_eq!((health.resyncs, health.rejected), (0, 0));
    }
}

#[test]
fn a_guest_sees_its_own_controls_at_once() {
    let mut network = Network::new(Dots::<4, 60>::new(), HOME);
    let slot = Slot::new(1).unwrap();
    network.join(Some(slot));
    network.run(SECOND);
    let client = &mut network.guests[0];
    client.guest.drain_notices().for_each(drop);
    client.guest.steer(5);
    network.run(Duration::from_millis(35));
    let guest = &mut network.guests[0].guest;
    assert!(guest.predicted().unwrap().1.place(slot) > 0);
    assert_eq!(guest.confirmed().unwrap().1.place(slot), 0);
    assert!(
        guest
            .drain_notices()
            .any(|notice| notice == Notice::Predicted(slot))
    );
    network.run(SECOND);
    let guest = &mut network.guests[0].guest;
    assert!(guest.drain_notices().any(|notice| matches!(
        notice,
        Notice::Confirmed { event, .. } if event == slot
    )));
}

#[test]
fn a_match_of_the_most_seats_at_another_tick_rate_plays() {
    type Crowd = Dots<64, 30>;
    let mut network = Network::new(Crowd::new(), HOME);
    for slot in Crowd::slots() {
        network.join(Some(slot));
        network.run(Duration::from_millis(100));
    }
    network.run(2 * SECOND);
    for client in &mut network.guests {
        client.guest.steer(1);
    }
    network.run(3 * SECOND);
    network.assert_in_sync();
    for slot in Crowd::slots() {
        assert!(network.host.state().place(slot) > 30, "{slot} has moved");
    }
    let elapsed = network.broker.now();
    let expected = elapsed.as_millis() as u32 * 30 / 1_000;
    assert!(network.host.tick().0.abs_diff(expected) <= 1);
}

#[test]
fn the_first_message_of_an_unseated_player_seats_it_and_counts() {
    let mut network = Network::new(Dots::<4, 60>::new(), HOME);
    let slot = Slot::new(3).unwrap();
    network.join(Some(slot));
    let now = network.broker.now();
    let payload = network.guests[0].guest.message("hello".into()).unwrap();
    network.host.receive(slot, payload, now).unwrap();
    assert_eq!(network.host.state().controls(slot), Some(0));
    let message = Notice::Message {
        slot,
        message: "hello".into(),
    };
    assert_eq!(network.host.drain_notices().next(), Some(message.clone()));
    network.join(None);
    network.run(SECOND);
    network.assert_in_sync();
}
