//! A complete networked game on the in-memory link: each player moves a dot on a ring of cells. The
//! host's state and the presents that two guests predict are printed as text.
//!
//! Non-goals: a real broker and real time.

#![expect(clippy::print_stdout, reason = "the output of the example")]

use std::{error::Error, time::Duration};

use link::memory::{Broker, Socket};
use link::{Conditions, Connect, Event, Link as _, Qos};
use netcode::{Epoch, Guest, Host, HostOptions, Outgoing, Simulation, Slot, Tick};
use serde::{Deserialize, Serialize};

const CELLS: u8 = 24;

/// By seat: the steps that the player's dot makes in each tick, and the dot's cell.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Dots {
    steps: [Option<u8>; 3],
    cells: [u8; 3],
}

impl Simulation for Dots {
    const TICK_RATE: u32 = 20;
    const SEATS: usize = 3;
    const RULES_VERSION: u32 = 1;
    type Controls = u8;
    type Message = ();
    type Event = ();

    fn join(&mut self, slot: Slot) {
        self.steps[slot.index()] = Some(0);
    }
    fn leave(&mut self, slot: Slot) {
        self.steps[slot.index()] = None;
    }
    fn steer(&mut self, slot: Slot, controls: u8) {
        self.steps[slot.index()] = self.steps[slot.index()].map(|_| controls);
    }
    fn controls(&self, slot: Slot) -> Option<u8> {
        self.steps[slot.index()]
    }
    fn step(&mut self, _: impl FnMut(())) {
        for (cell, steps) in self.cells.iter_mut().zip(self.steps) {
            *cell = (*cell % CELLS + steps.unwrap_or(0) % CELLS) % CELLS;
        }
    }
    fn checksum(&self) -> u32 {
        let steps = self.steps.map(|steps| steps.map_or(256, u32::from));
        let words = steps.into_iter().chain(self.cells.map(u32::from));
        words.fold(0, |sum: u32, word| sum.wrapping_mul(257) ^ word)
    }
}

/// The ring, with the seat's number in the cell of each dot.
fn draw(state: &Dots) -> String {
    let mut ring = ['.'; CELLS as usize];
    for (number, cell) in ('0'..).zip(state.cells) {
        ring[usize::from(cell % CELLS)] = number;
    }
    ring.iter().collect()
}

fn connect(broker: &Broker, client_id: String, topics: &[&str]) -> Socket {
    let mut connect = Connect::default();
    connect.client_id = client_id;
    let mut link = broker.connect(&connect, broker.now());
    link.subscribe(topics);
    link
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut conditions = Conditions::PERFECT;
    conditions.latency = Duration::from_millis(60);
    let (broker, mut now) = (Broker::new(1, conditions), Duration::ZERO);
    let (state, options) = (Dots::default(), HostOptions::default());
    let mut host = Host::new(Epoch(1), Tick(0), state, options, now);
    let mut host_link = connect(&broker, "host".into(), &["input/1", "input/2"]);
    let mut guests = Vec::new();
    for slot in Dots::slots() {
        if slot.index() == 0 {
            host.seat_local(slot, now);
            continue;
        }
        host.grant(slot, now);
        let mut guest = Guest::<Dots>::new(Epoch(1), 0, now);
        guest.set_slot(Some(slot));
        let link = connect(&broker, format!("guest/{slot}"), &["delta", "keyframe"]);
        guests.push((format!("input/{slot}"), guest, link));
    }
    for frame in 1..=480 {
        now += Duration::from_secs(1) / 60;
        broker.advance(now);
        while let Some(event) = host_link.poll(now) {
            if let Event::Message { topic, payload } = event {
                let slot = Dots::slots().find(|slot| topic == format!("input/{slot}"));
                host.receive(slot.ok_or(topic)?, &payload, now)?;
            }
        }
        host.steer((frame / 120 % 2) as u8);
        host.update(now, |kind, payload| {
            let is_delta = kind == Outgoing::Delta;
            let topic = if is_delta { "delta" } else { "keyframe" };
            host_link.publish(topic, payload, Qos::AtMostOnce, kind == Outgoing::Keyframe);
        });
        let mut pictures = draw(host.state());
        for (input, guest, link) in &mut guests {
            while let Some(event) = link.poll(now) {
                match event {
                    Event::Message { topic, payload } if topic == "delta" => {
                        guest.receive_delta(&payload, now)?;
                    }
                    Event::Message { payload, .. } => guest.receive_keyframe(&payload, now)?,
                    _ => {}
                }
            }
            guest.steer((frame / 60 % 3) as u8);
            guest.update(now, |_, payload| {
                link.publish(input, payload, Qos::AtMostOnce, false);
            });
            if let Some((_, state)) = guest.predicted() {
                pictures += &format!("  {}", draw(state));
            }
        }
        if frame % 30 == 0 {
            println!("{:>4} ms  {pictures}", now.as_millis());
        }
    }
    Ok(())
}
