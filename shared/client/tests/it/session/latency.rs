//! Tests of input latency: the own controls are predicted in the same frame for hosts and guests, and
//! are confirmed as fast for the host as for its guests.

use core::time::Duration;

use arena::TICK_RATE;
use arena::{Arena, Buttons, Controls, Event, Say};
use link::memory::Conditions;
use netcode::wire::{self, Uplink};
use netcode::{Guest, Host, HostOptions, Notice, Outgoing};
use netcode::{Simulation, Slot, Tick};
use protocol::{Epoch, JoinRole};

use super::stage::{HOST, Stage, millis};
use super::{broadband, common_checksums};

/// A host that is a player too, and three guests, after 8 seconds of play.
fn four_players(seed: u64, conditions: Conditions, fair: bool) -> (Stage, usize) {
    let options = HostOptions {
        fair,
        ..HostOptions::default()
    };
    let mut stage = Stage::start(seed, conditions, true, options);
    let guest = stage.join(JoinRole::Player);
    stage.join(JoinRole::Player);
    stage.join(JoinRole::Player);
    stage.run(Duration::from_secs(8));
    (stage, guest)
}

/// The time until new controls of a player are confirmed at the host; checks that they are predicted at
/// once.
fn time_to_confirmation(stage: &mut Stage, member: usize, controls: u8) -> Duration {
    let slot = stage.peer(member).slot().unwrap();
    stage.peer_mut(member).steer(controls);
    let frame = millis(17);
    for frames in 1..60 {
        stage.run(frame);
        let (_, predicted) = stage.peer(member).present().unwrap();
        assert_eq!(
            predicted.controls(slot),
            Some(controls),
            "predicted at once"
        );
        let (_, confirmed) = stage.peer(HOST).confirmed().unwrap();
        if confirmed.controls(slot) == Some(controls) {
            return frame * frames;
        }
    }
    panic!("the controls were not confirmed");
}

#[test]
fn a_fair_host_confirms_its_own_controls_after_a_one_way_delay() {
    let network = Conditions {
        latency: millis(20),
        ..Conditions::PERFECT
    };
    let (mut stage, guest) = four_players(41, network, true);
    let round_trip = stage.peer(guest).health().round_trip.unwrap();
    let before = stage.peer(HOST).health().corrections;
    for controls in 1..8 {
        let own = time_to_confirmation(&mut stage, HOST, controls);
        let one_way = round_trip / 2;
        assert!(
            own + millis(17) >= one_way && own <= one_way + millis(34),
            "the host's controls take {own:?}, the round trip is {round_trip:?}"
        );
        stage.run(millis(130));
    }
    assert_eq!(
        stage.peer(HOST).health().corrections,
        before,
        "no other player has steered"
    );
    assert!(common_checksums(&stage, guest) > 5);
}

#[test]
fn the_fairness_delay_is_bounded_and_can_be_disabled() {
    let intercontinental = Conditions {
        latency: millis(120),
        ..Conditions::PERFECT
    };
    let (mut stage, _) = four_players(42, intercontinental, true);
    let bounded = time_to_confirmation(&mut stage, HOST, 3);
    assert!(
        (millis(80)..=millis(140)).contains(&bounded),
        "took {bounded:?}"
    );
    let (mut stage, _) = four_players(42, intercontinental, false);
    let own = time_to_confirmation(&mut stage, HOST, 3);
    assert!(own <= millis(34), "took {own:?}");
}

#[test]
fn inputs_of_others_correct_the_prediction_of_a_fair_host() {
    let (mut stage, guest) = four_players(43, broadband(), true);
    let slot = stage.peer(guest).slot().unwrap();
    for controls in 1..6 {
        stage.peer_mut(guest).steer(controls);
        stage.run(millis(300));
        let (_, predicted) = stage.peer(HOST).present().unwrap();
        assert_eq!(predicted.controls(slot), Some(controls));
    }
    let ahead = |stage: &Stage| {
        let (predicted, _) = stage.peer(HOST).present().unwrap();
        let (confirmed, _) = stage.peer(HOST).confirmed().unwrap();
        predicted.since(confirmed)
    };
    assert!((2..=7).contains(&ahead(&stage)), "{} ticks", ahead(&stage));
    assert!(stage.peer(HOST).health().corrections >= 5);
}

#[test]
fn a_guest_predicts_its_own_shot_in_the_same_frame() {
    let slot = Slot::new(0).unwrap();
    let tick = Duration::from_secs(1) / TICK_RATE;
    let mut now = Duration::ZERO;
    let mut host = Host::new(
        Epoch(0),
        Tick(0),
        Arena::new(5, 0),
        HostOptions::default(),
        now,
    );
    host.grant(slot, now);
    let request = wire::encode(&Uplink::<Controls, Say>::WantKeyframe).unwrap();
    host.receive(slot, &request, now).unwrap();
    let mut guest = Guest::<Arena>::new(Epoch(0), 0, now);
    guest.set_slot(Some(slot));
    let mut advance = |guest: &mut Guest<Arena>| {
        now += tick;
        host.update(now, |outgoing, payload| {
            let received = match outgoing {
                Outgoing::Keyframe => guest.receive_keyframe(payload, now),
                _ => guest.receive_delta(payload, now),
            };
            received.unwrap();
        });
        let mut sent = Vec::new();
        guest.update(now, |_, payload| sent.push(payload.to_vec()));
        for payload in sent {
            host.receive(slot, &payload, now).unwrap();
        }
    };
    for _ in 0..5 * TICK_RATE {
        advance(&mut guest);
    }
    drop(guest.drain_notices());
    guest.steer(Controls::new(Buttons::FIRE));
    advance(&mut guest);
    let fired = guest.drain_notices().any(
        |notice| matches!(notice, Notice::Predicted(Event::Fired { slot: by, .. }) if by == slot),
    );
    assert!(fired);
    let (_, predicted) = guest.predicted().unwrap();
    assert!(predicted.controls(slot).is_some());
}
