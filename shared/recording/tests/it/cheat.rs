//! Hosts that cheat: one whose arena does something that no arena does, and one that does not hear
//! what its pilots say.

use core::time::Duration;

use arena::{Arena, Controls, Event, Say};
use link::memory::Socket;
use link::{self, Link, Qos};
use netcode::wire::{self, Input, Keyframe, Uplink};
use netcode::{Simulation, Slot, Tick, decode_uplink};
use protocol::Epoch;
use serde::{Deserialize, Serialize};

use arena::scene::Scene;

/// An arena in which something untoward happens once; to everybody else it looks like an arena.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "Arena", into = "Arena")]
pub(crate) struct Cheat {
    arena: Arena,
    steps: u32,
    /// After how many steps, and what.
    deed: Option<(u32, fn(&mut Scene))>,
}

impl Cheat {
    pub(crate) fn new(arena: Arena, after: u32, deed: fn(&mut Scene)) -> Self {
        Self {
            arena,
            steps: 0,
            deed: Some((after, deed)),
        }
    }
}

impl From<Arena> for Cheat {
    fn from(arena: Arena) -> Self {
        Self {
            arena,
            steps: 0,
            deed: None,
        }
    }
}

impl From<Cheat> for Arena {
    fn from(cheat: Cheat) -> Self {
        cheat.arena
    }
}

/// The arena after `deed`.
pub(crate) fn altered(arena: &Arena, deed: fn(&mut Scene)) -> Arena {
    let keyframe = Keyframe {
        epoch: Epoch(0),
        seq: 0,
        tick: Tick(0),
        state: arena,
    };
    let payload = wire::encode(&keyframe).unwrap();
    let mut scene = wire::decode::<Keyframe<Scene>>(&payload).unwrap().state;
    deed(&mut scene);
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
        if let Some((after, deed)) = self.deed
            && after == self.steps
        {
            self.arena = altered(&self.arena, deed);
        }
    }

    fn checksum(&self) -> u32 {
        self.arena.checksum()
    }
}

/// A host's link that changes what the host hears of its pilots.
pub(crate) struct Tamper {
    socket: Socket,
    alter: Box<dyn FnMut(&mut Input<Controls>)>,
}

impl Tamper {
    /// An honest one.
    pub(crate) fn not(socket: Socket) -> Self {
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
