//! A host and its guests on the in-memory link, with manual time.

use core::time::Duration;

use link::memory::{Broker, Socket};
use link::{Conditions, Connect, Event, Link as _, Qos};
use netcode::{Epoch, Guest, Host, HostOptions, Outgoing, Simulation, Slot, Tick};
use serde::Serialize;
use serde::de::DeserializeOwned;

const DELTAS: &str = "match/deltas";
pub(crate) const KEYFRAMES: &str = "match/keyframes";

/// The time between two frames of all clients.
const FRAME: Duration = Duration::from_millis(5);

/// A line with a latency and a little jitter.
pub(crate) const HOME: Conditions = Conditions {
    latency: Duration::from_millis(30),
    jitter: Duration::from_millis(5),
    ..Conditions::PERFECT
};

/// A match of one epoch.
pub(crate) struct Network<S: Simulation> {
    pub(crate) broker: Broker,
    pub(crate) host: Host<S>,
    pub(crate) guests: Vec<Client<S>>,
    link: Socket,
    /// The number of parts that the host has published.
    pub(crate) parts: usize,
}

/// A guest and its connection.
pub(crate) struct Client<S: Simulation> {
    pub(crate) guest: Guest<S>,
    slot: Option<Slot>,
    link: Socket,
    /// Deltas are lost on their way to the guest.
    pub(crate) loses_deltas: bool,
}

fn inputs(slot: Slot) -> String {
    format!("match/inputs/{slot}")
}

fn connect(broker: &Broker, client_id: &str, topics: &[&str]) -> Socket {
    let connect = Connect {
        client_id: client_id.into(),
        ..Connect::default()
    };
    let mut link = broker.connect(&connect, broker.now());
    link.subscribe(topics);
    link
}

impl<S: Simulation + Serialize + DeserializeOwned> Network<S> {
    pub(crate) fn new(state: S, conditions: Conditions) -> Self {
        let broker = Broker::new(1, conditions);
        let topics: Vec<String> = S::slots().map(inputs).collect();
        let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
        Self {
            link: connect(&broker, "host", &topics),
            host: Host::new(
                Epoch(1),
                Tick(0),
                state,
                HostOptions::default(),
                Duration::ZERO,
            ),
            broker,
            guests: Vec::new(),
            parts: 0,
        }
    }

    /// Adds a player in a seat, or a spectator; returns its index.
    pub(crate) fn join(&mut self, slot: Option<Slot>) -> usize {
        let index = self.guests.len();
        let now = self.broker.now();
        let mut guest = Guest::new(Epoch(1), index as u64, now);
        guest.set_slot(slot);
        if let Some(slot) = slot {
            self.host.grant(slot, now);
        }
        let client_id = format!("guest-{index}");
        self.guests.push(Client {
            guest,
            slot,
            link: connect(&self.broker, &client_id, &[DELTAS, KEYFRAMES]),
            loses_deltas: false,
        });
        index
    }

    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.broker.now() + time;
        while self.broker.now() < end {
            self.frame();
        }
    }

    fn frame(&mut self) {
        let now = self.broker.now() + FRAME;
        self.broker.advance(now);
        while let Some(event) = self.link.poll(now) {
            if let Event::Message { topic, payload } = event
                && let Some(slot) = S::slots().find(|&slot| inputs(slot) == topic)
            {
                self.host.receive(slot, &payload, now).unwrap();
            }
        }
        let (link, parts) = (&mut self.link, &mut self.parts);
        self.host.update(now, |kind, payload| {
            *parts += usize::from(kind == Outgoing::KeyframePart);
            publish(link, kind, None, payload);
        });
        for client in &mut self.guests {
            client.frame(now);
        }
    }

    /// Asserts that all guests are live, and that each confirmed state is one that the host had.
    #[track_caller]
    pub(crate) fn assert_in_sync(&self) {
        for client in &self.guests {
            assert_eq!(client.guest.sync(), netcode::Sync::Live);
            let confirmed = client.guest.history().latest().unwrap();
            assert!(self.host.history().iter().any(|entry| entry == confirmed));
        }
    }
}

impl<S: Simulation + DeserializeOwned> Client<S> {
    fn frame(&mut self, now: Duration) {
        while let Some(event) = self.link.poll(now) {
            match event {
                Event::Message { topic, payload } if topic == KEYFRAMES => {
                    self.guest.receive_keyframe(&payload, now).unwrap();
                }
                Event::Message { payload, .. } if !self.loses_deltas => {
                    self.guest.receive_delta(&payload, now).unwrap();
                }
                _ => {}
            }
        }
        let (link, slot) = (&mut self.link, self.slot);
        self.guest
            .update(now, |kind, payload| publish(link, kind, slot, payload));
    }
}

fn publish(link: &mut Socket, kind: Outgoing, slot: Option<Slot>, payload: &[u8]) {
    let (topic, retain) = match (kind, slot) {
        (Outgoing::Delta, _) => (DELTAS.into(), false),
        (Outgoing::Keyframe, _) => (KEYFRAMES.into(), true),
        (Outgoing::KeyframePart, _) => (KEYFRAMES.into(), false),
        (Outgoing::Uplink, Some(slot)) => (inputs(slot), false),
        (Outgoing::Uplink, None) => panic!("a spectator sends nothing"),
    };
    link.publish(&topic, payload, Qos::AtMostOnce, retain);
}
