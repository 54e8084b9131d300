//! Own hands: seen to act in the frame in which they do, whoever is host; and no faster in truth for
//! the host than for its guests.

use core::time::Duration;

use protocol::{Epoch, JoinRole};
use netcode::{Guest, Host, HostOptions, Notice, Outgoing};
use arena::{Arena, Buttons, Controls, Event, Say};
use netcode::wire::{self, Uplink};
use netcode::{Simulation, Slot, Tick};
use arena::TICK_RATE;
use link::memory::Conditions;

use super::stage::{HOST, Stage, millis};
use super::{broadband, common_checksums};

/// A flying host and three guests, settled.
fn at_play(seed: u64, conditions: Conditions, fair: bool) -> (Stage, usize) {
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

/// How long a pilot's new controls take to be true at the host; checks that it sees them at once.
fn time_to_effect(stage: &mut Stage, member: usize, controls: u8) -> Duration {
    let slot = stage.peer(member).slot().unwrap();
    stage.peer_mut(member).steer(controls);
    let frame = millis(17);
    for frames in 1..60 {
        stage.run(frame);
        let (_, seen) = stage.peer(member).present().unwrap();
        assert_eq!(seen.controls(slot), Some(controls), "seen at once");
        let (_, truth) = stage.peer(HOST).confirmed().unwrap();
        if truth.controls(slot) == Some(controls) {
            return frame * frames;
        }
    }
    panic!("never obeyed");
}

#[test]
fn a_hosts_own_hands_wait_as_long_as_those_of_its_guests() {
    let network = Conditions {
        latency: millis(20),
        ..Conditions::PERFECT
    };
    let (mut stage, guest) = at_play(41, network, true);
    let round_trip = stage.peer(guest).health().round_trip.unwrap();
    let before = stage.peer(HOST).health().corrections;
    for controls in 1..8 {
        let own = time_to_effect(&mut stage, HOST, controls);
        let one_way = round_trip / 2;
        assert!(
            own + millis(17) >= one_way && own <= one_way + millis(34),
            "the host's hands take {own:?}, a round trip {round_trip:?}"
        );
        stage.run(millis(130));
    }
    assert_eq!(
        stage.peer(HOST).health().corrections,
        before,
        "nobody else steered"
    );
    assert!(common_checksums(&stage, guest) > 5);
}

#[test]
fn fairness_has_a_bound_and_can_be_switched_off() {
    let intercontinental = Conditions {
        latency: millis(120),
        ..Conditions::PERFECT
    };
    let (mut stage, _) = at_play(42, intercontinental, true);
    let bounded = time_to_effect(&mut stage, HOST, 3);
    assert!(
        (millis(80)..=millis(140)).contains(&bounded),
        "took {bounded:?}"
    );
    let (mut stage, _) = at_play(42, intercontinental, false);
    let own = time_to_effect(&mut stage, HOST, 3);
    assert!(own <= millis(34), "took {own:?}");
}

#[test]
fn what_others_do_corrects_what_a_fair_host_sees() {
    let (mut stage, guest) = at_play(43, broadband(), true);
    let slot = stage.peer(guest).slot().unwrap();
    for controls in 1..6 {
        stage.peer_mut(guest).steer(controls);
        stage.run(millis(300));
        let (_, seen) = stage.peer(HOST).present().unwrap();
        assert_eq!(seen.controls(slot), Some(controls));
    }
    let ahead = |stage: &Stage| {
        let (seen, _) = stage.peer(HOST).present().unwrap();
        let (truth, _) = stage.peer(HOST).confirmed().unwrap();
        seen.since(truth)
    };
    assert!((2..=7).contains(&ahead(&stage)), "{} ticks", ahead(&stage));
    assert!(stage.peer(HOST).health().corrections >= 5);
}

#[test]
fn a_guests_own_shot_is_seen_in_the_frame_in_which_it_is_fired() {
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
    let present = wire::encode(&Uplink::<Controls, Say>::WantKeyframe).unwrap();
    host.receive(slot, &present, now).unwrap();
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
    let (_, seen) = guest.predicted().unwrap();
    assert!(seen.controls(slot).is_some());
}
