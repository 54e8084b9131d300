//! Hosts that cheat: by altering the state, or by altering the inputs that they receive.

use core::time::Duration;

use arena::{Arena, Controls, Event, Say};
use link::memory::Socket;
use link::{self, Link, Qos};
use netcode::wire::{self, Input, Keyframe, Uplink};
use netcode::{Simulation, Slot, Tick, decode_uplink};
use protocol::Epoch;
use serde::{Deserialize, Serialize};

use arena::scene::Scene;

/// An arena whose state is altered once; its encoding is that of an ordinary arena.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "Arena", into = "Arena")]
pub(crate) struct Cheat {
    arena: Arena,
    steps: u32,
    /// The number of steps before the alteration, and the alteration.
    alteration: Option<(u32, fn(&mut Scene))>,
}

impl Cheat {
    pub(crate) fn new(arena: Arena, after: u32, alter: fn(&mut Scene)) -> Self {
        Self {
            arena,
            steps: 0,
            alteration: Some((after, alter)),
        }
    }
}

impl From<Arena> for Cheat {
    fn from(arena: Arena) -> Self {
        Self {
            arena,
            steps: 0,
            alteration: None,
        }
    }
}

impl From<Cheat> for Arena {
    fn from(cheat: Cheat) -> Self {
        cheat.arena
    }
}

/// The arena with `alter` applied.
pub(crate) fn altered(arena: &Arena, alter: fn(&mut Scene)) -> Arena {
    let keyframe = Keyframe {
        epoch: Epoch(0),
        seq: 0,
        tick: Tick(0),
        state: arena,
    };
    let payload = wire::encode(&keyframe).unwrap();
    let mut scene = wire::decode::<Keyframe<Scene>>(&payload).unwrap().state;
    alter(&mut scene);
    scene.arena()
}

impl Simulation for Cheat {
    const TICK_RATE: u32 = Arena::TICK_RATE;
    const SEATS: usize = Arena::SEATS;
    const RULES_VERSION: u32 = Arena::RULES_VERSION;

    type Controls = Controls;
    type Message = Say;
    type Event = Event;

    fn join(&mut self, slot: Slot) {
        self.arena.join(slot);
    }

    fn leave(&mut self, slot: Slot) {
        self.arena.leave(slot);
    }

    fn steer(&mut self, slot: Slot, controls: Controls) {
        self.arena.steer(slot, controls);
    }

    fn controls(&self, slot: Slot) -> Option<Controls> {
        self.arena.controls(slot)
    }

    fn step(&mut self, emit: impl FnMut(Event)) {
        self.arena.step(emit);
        self.steps += 1;
        if let Some((after, alter)) = self.alteration
            && after == self.steps
        {
            self.arena = altered(&self.arena, alter);
        }
    }

    fn checksum(&self) -> u32 {
        self.arena.checksum()
    }
}

/// A link of a host that alters the received inputs.
pub(crate) struct Tamper {
    socket: Socket,
    alter: Box<dyn FnMut(&mut Input<Controls>)>,
}

impl Tamper {
    /// Alters nothing.
    pub(crate) fn none(socket: Socket) -> Self {
        Self::new(socket, |_| ())
    }

    pub(crate) fn new(socket: Socket, alter: impl FnMut(&mut Input<Controls>) + 'static) -> Self {
        Self {
            socket,
            alter: Box::new(alter),
        }
    }
}

impl Link for Tamper {
    fn poll(&mut self, now: Duration) -> Option<link::Event> {
        let mut event = self.socket.poll(now)?;
        if let link::Event::Message { payload, .. } = &mut event
            && let Ok(Uplink::Input(mut input)) = decode_uplink::<Arena>(payload)
        {
            (self.alter)(&mut input);
            *payload = wire::encode(&netcode::UplinkOf::<Arena>::Input(input)).unwrap();
        }
        Some(event)
    }

    fn subscribe(&mut self, topics: &[&str]) {
        self.socket.subscribe(topics);
    }

    fn unsubscribe(&mut self, topics: &[&str]) {
        self.socket.unsubscribe(topics);
    }

    fn publish(&mut self, topic: &str, payload: &[u8], qos: Qos, retain: bool) {
        self.socket.publish(topic, payload, qos, retain);
    }

    fn close(&mut self) {
        self.socket.close();
    }
}
