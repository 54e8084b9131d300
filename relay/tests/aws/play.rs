use std::time::Instant;

use arena::{Buttons, Controls};
use link::{Event, Link, Socket};
use netcode::Simulation;
use protocol::{Epoch, Ticket};

use crate::rig::{Rig, play_until_answered, with_rig};
use relay_testing::PATIENCE;
use relay_testing::players::{TestPlayer, play, play_in_agreement, plays};

/// The pilot's controls in the first pilot's state.
fn held(pilots: &[TestPlayer], pilot: usize) -> Option<Controls> {
    let slot = pilots[pilot].peer().slot()?;
    let (_, arena) = pilots[0].peer().present()?;
    arena.controls(slot)
}

fn check_presigned(rig: &Rig, ticket: &Ticket) {
    let (_, port) = rig.double.authority().split_once(':').unwrap();
    let (address, query) = ticket.mqtt.ws.split_once('?').unwrap();
    let tail = format!("-ats.iot.eu-west-1.localhost:{port}/mqtt");
    assert!(
        address.starts_with("ws://") && address.ends_with(&tail),
        "{address}"
    );
    for part in ["X-Amz-Signature=", "X-Amz-Security-Token="] {
        assert!(query.contains(part), "{part}");
    }
    assert_eq!((&ticket.mqtt.tcp, &ticket.mqtt.login), (&None, &None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_match_is_played_on_iot_core() {
    with_rig(|rig| {
        assert_eq!(
            rig.relay.server.mqtt_address(),
            None,
            "the relay takes no MQTT itself"
        );
        let mut pilots = rig.pilots(2);
        let started = Instant::now();
        play(&mut pilots, started, |pilots| pilots.iter().all(plays));
        for pilot in &pilots {
            check_presigned(rig, pilot.ticket());
        }

        // Inputs reach the simulation.
        let wishes = [Buttons::LEFT, Buttons::THRUST, Buttons::RIGHT].map(Controls::new);
        for (pilot, wish) in pilots.iter_mut().zip(wishes) {
            pilot.peer_mut().steer(wish);
        }
        play(&mut pilots, started, |pilots| {
            (0..3).all(|pilot| held(pilots, pilot) == Some(wishes[pilot]))
        });
        play_in_agreement(&mut pilots, started);

        // Renewing a ticket yields a new URL and does not disturb the match.
        let old = pilots[1].ticket().clone();
        let reply = rig.client().renew(&old, headless::rules());
        let fresh = play_until_answered(&mut pilots, started, reply).unwrap();
        check_presigned(rig, &fresh);
        assert_ne!(fresh.mqtt.ws, old.mqtt.ws);
        assert_eq!((fresh.role, fresh.epoch), (old.role, old.epoch));

        // A second connection with the new URL replaces the first, as after a lost connection.
        let slot = pilots[1].peer().slot();
        let mut rival = Socket::open(client::connect(&fresh)).unwrap();
        play(&mut pilots, started, |pilots| {
            assert!(plays(&pilots[0]) && plays(&pilots[2]), "the others play on");
            !plays(&pilots[1])
        });
        while let Some(event) = rival.poll(started.elapsed()) {
            assert!(!matches!(event, Event::Closed { .. }), "{event:?}");
        }
        rival.close();
        play(&mut pilots, started, |pilots| pilots.iter().all(plays));
        assert_ne!(pilots[1].ticket().mqtt.ws, old.mqtt.ws);
        assert_eq!(pilots[1].peer().slot(), slot);
        play(&mut pilots, started, |pilots| {
            held(pilots, 1) == Some(wishes[1])
        });
        play_in_agreement(&mut pilots, started);
        for pilot in pilots.iter_mut().rev() {
            pilot.leave().wait();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_match_on_iot_core_outlives_its_host() {
    with_rig(|rig| {
        let mut pilots = rig.pilots(2);
        let started = Instant::now();
        play(&mut pilots, started, |pilots| pilots.iter().all(plays));
        // A crash: without a DISCONNECT.
        drop(pilots.remove(0));
        let crashed = Instant::now();
        play(&mut pilots, started, |pilots| {
            pilots
                .iter()
                .all(|pilot| plays(pilot) && pilot.peer().epoch() == Epoch(1))
        });
        assert!(crashed.elapsed() < PATIENCE);
        let hosts = pilots.iter().filter(|pilot| pilot.peer().is_host()).count();
        assert_eq!(hosts, 1);
        for pilot in &pilots {
            check_presigned(rig, pilot.ticket());
        }
        play_in_agreement(&mut pilots, started);
        for pilot in &mut pilots {
            pilot.leave().wait();
        }
    })
    .await;
}
