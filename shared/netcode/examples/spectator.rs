//! A spectator on the in-memory link: it connects in the middle of a match, gets the state from the
//! retained keyframe, and follows the deltas without sending anything.
//!
//! Non-goals: players; the host's local player is the only one. Time is simulated.

#![expect(clippy::print_stdout, reason = "the output of the example")]

use std::error::Error;
use std::time::Duration;

use link::memory::{Broker, Socket};
use link::{Conditions, Connect, Event, Link as _, Qos};
use netcode::{Epoch, Guest, Host, HostOptions, Notice, Outgoing, Simulation, Slot, Tick};
use serde::{Deserialize, Serialize};

/// A lamp that one player switches, and the ticks for which it has been on.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Lamp {
    switch: Option<bool>,
    lit: u32,
}

impl Simulation for Lamp {
    const TICK_RATE: u32 = 10;
    const SEATS: usize = 1;
    const RULES_VERSION: u32 = 1;

    type Controls = bool;
    type Message = String;
    /// The lamp has been on for another second.
    type Event = u32;

    fn join(&mut self, _: Slot) {
        self.switch = Some(false);
    }

    fn leave(&mut self, _: Slot) {
        self.switch = None;
    }

    fn steer(&mut self, _: Slot, controls: bool) {
        self.switch = self.switch.map(|_| controls);
    }

    fn controls(&self, _: Slot) -> Option<bool> {
        self.switch
    }

    fn step(&mut self, mut emit: impl FnMut(u32)) {
        if self.switch == Some(true) {
            self.lit = self.lit.wrapping_add(1);
            if self.lit.is_multiple_of(Self::TICK_RATE) {
                emit(self.lit / Self::TICK_RATE);
            }
        }
    }

    fn checksum(&self) -> u32 {
        netcode::wire::digest(self)
    }
}

fn connect(broker: &Broker, client_id: &str) -> Socket {
    let connect = Connect {
        client_id: client_id.into(),
        ..Connect::default()
    };
    broker.connect(&connect, broker.now())
}

/// Takes a message from the link and prints what it tells.
fn receive(spectator: &mut Guest<Lamp>, event: Event, now: Duration) -> Result<(), Box<dyn Error>> {
    let Event::Message { topic, payload } = event else {
        return Ok(());
    };
    let length = payload.len();
    if topic == "lamp/keyframe" {
        spectator.receive_keyframe(&payload, now)?;
        println!("{:>4} ms  a keyframe of {length} bytes", now.as_millis());
    } else {
        spectator.receive_delta(&payload, now)?;
    }
    for notice in spectator.drain_notices() {
        match notice {
            Notice::Confirmed { tick, event } => {
                println!("          tick {tick}: lit for {event} s");
            }
            Notice::Message { slot, message } => println!("          seat {slot}: {message}"),
            Notice::Predicted(_) => {}
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let broker = Broker::new(1, Conditions::PERFECT);
    let mut now = Duration::ZERO;
    let options = HostOptions::default();
    let mut host = Host::new(Epoch(1), Tick(0), Lamp::default(), options, now);
    let mut host_link = connect(&broker, "host");
    host.seat_local(Lamp::slots().next().ok_or("no seat")?, now);
    let mut joined: Option<(Guest<Lamp>, Socket)> = None;

    for frame in 1..=480_u32 {
        now = Duration::from_secs(1) * frame / 60;
        broker.advance(now);
        host.steer(frame / 100 % 2 == 0);
        if frame % 180 == 0 {
            host.message(format!("this is frame {frame}"), now)?;
        }
        host.update(now, |kind, payload| {
            let (topic, retain) = match kind {
                Outgoing::Keyframe => ("lamp/keyframe", true),
                Outgoing::KeyframePart => ("lamp/keyframe", false),
                Outgoing::Delta | Outgoing::Uplink => ("lamp/delta", false),
            };
            host_link.publish(topic, payload, Qos::AtMostOnce, retain);
        });
        // A third of the match is over.
        if frame == 160 {
            println!("{:>4} ms  the spectator connects", now.as_millis());
            let mut link = connect(&broker, "spectator");
            link.subscribe(&["lamp/delta", "lamp/keyframe"]);
            joined = Some((Guest::new(Epoch(1), 0, now), link));
        }
        let Some((spectator, link)) = &mut joined else {
            continue;
        };
        while let Some(event) = link.poll(now) {
            receive(spectator, event, now)?;
        }
        spectator.update(now, |_, _| unreachable!("a spectator sends nothing"));
        if frame % 60 == 0
            && let Some((tick, lamp)) = spectator.confirmed()
        {
            let switch = if lamp.switch == Some(true) {
                "on"
            } else {
                "off"
            };
            let (ms, lit) = (now.as_millis(), lamp.lit);
            println!("{ms:>4} ms  tick {tick}: {switch}, lit for {lit} ticks");
        }
    }
    Ok(())
}
