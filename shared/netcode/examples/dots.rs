//! A networked game on the in-memory link: players move dots on a ring of cells. Prints the host's
//! state and what two guests predict. Non-goals: a real broker and real time.

#![expect(clippy::print_stdout, reason = "the output of the example")]
use std::{error::Error, time::Duration};

use link::memory::{Broker, Socket};
use link::{Conditions, Connect, Event, Link as _, Qos};
use netcode::{Epoch, Guest, Host, HostOptions, Outgoing, Simulation, Slot, Tick};
use serde::{Deserialize, Serialize};

const CELLS: u8 = 24;

/// By seat: the cells that the player's dot moves in each tick, and the cell where it is.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Dots([(Option<u8>, u8); 3]);

impl Simulation for Dots {
    const TICK_RATE: u32 = 20;
    const SEATS: usize = 3;
    const RULES_VERSION: u32 = 1;
    type Controls = u8;
    type Message = ();
    type Event = ();
    fn join(&mut self, slot: Slot) {
        self.0[slot.index()].0 = Some(0);
    }
    fn leave(&mut self, slot: Slot) {
        self.0[slot.index()].0 = None;
    }
    fn steer(&mut self, slot: Slot, controls: u8) {
        self.0[slot.index()].0 = self.0[slot.index()].0.map(|_| controls);
    }
    fn controls(&self, slot: Slot) -> Option<u8> {
        self.0[slot.index()].0
    }
    fn step(&mut self, _: impl FnMut(())) {
        for (moves, cell) in &mut self.0 {
            *cell = (*cell % CELLS + moves.unwrap_or(0) % CELLS) % CELLS;
        }
    }
    fn checksum(&self) -> u32 {
        netcode::wire::digest(self)
    }
}

/// The ring, with the seat's number in the cell of each dot.
fn draw(state: &Dots) -> String {
    let mut ring = ['.'; CELLS as usize];
    for (number, (_, cell)) in ('0'..).zip(state.0) {
        ring[usize::from(cell % CELLS)] = number;
    }
    ring.iter().collect()
}

fn connect(broker: &Broker, client_id: String, topics: &[&str]) -> Socket {
    let connect = Connect {
        client_id,
        ..Connect::default()
    };
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
    let slots: Vec<Slot> = Dots::slots().collect();
    host.seat_local(slots[0], now);
    let mut guests = Vec::new();
    for &slot in &slots[1..] {
        host.grant(slot, now);
        let mut guest = Guest::<Dots>::new(Epoch(1), 0, now);
        guest.set_slot(Some(slot));
        let link = connect(&broker, format!("guest/{slot}"), &["delta", "keyframe"]);
        guests.push((format!("input/{slot}"), guest, link));
    }
    for frame in 1..=480 {
        now = Duration::from_secs(1) * frame / 60;
        broker.advance(now);
        while let Some(event) = host_link.poll(now) {
            if let Event::Message { topic, payload } = event {
                let slot = slots.iter().find(|slot| topic == format!("input/{slot}"));
                host.receive(*slot.ok_or(topic)?, &payload, now)?;
            }
        }
        host.steer((frame / 120 % 2) as u8);
        host.update(now, |kind, payload| {
            let is_delta = kind == Outgoing::Delta;
            let topic = if is_delta { "delta" } else { "keyframe" };
            host_link.publish(topic, payload, Qos::AtMostOnce, kind == Outgoing::Keyframe);
        });
        let mut pictures = draw(host.state());
        for (number, (input, guest, link)) in (1..).zip(&mut guests) {
            while let Some(event) = link.poll(now) {
                if let Event::Message { topic, payload } = event {
                    match topic.as_str() {
                        "delta" => guest.receive_delta(&payload, now)?,
                        _ => guest.receive_keyframe(&payload, now)?,
                    }
                }
            }
            guest.steer(((frame / 60 + number) % 3) as u8);
            guest.update(now, |_, payload| {
                link.publish(input, payload, Qos::AtMostOnce, false);
            });
            let picture = guest.predicted().map(|(_, state)| draw(state));
            pictures += &format!("  {}", picture.unwrap_or_default());
        }
        if frame % 30 == 0 {
            println!("{:>4} ms  {pictures}", now.as_millis());
        }
    }
    Ok(())
}
