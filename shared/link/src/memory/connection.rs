//! One client's connection to the in-process broker: its phase, its queues and its counters.
//!
//! Non-goals: other connections, and when packets arrive: see [`super::state`].

use core::time::Duration;
use std::collections::{BTreeSet, VecDeque};

use rng::Rng;

use crate::conditions::{Conditions, Lane};
use crate::{Event, Qos, Will};

/// The most packets in flight, and the most events that wait to be polled, on one connection
/// before QoS 0 messages are dropped.
const CAPACITY: usize = 1024;

/// The messages and payload bytes that a connection has carried, without MQTT's overhead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnectionTraffic {
    /// Messages that the client published.
    pub sent_messages: u64,
    /// Their payload bytes.
    pub sent_bytes: u64,
    /// Messages that reached the client.
    pub received_messages: u64,
    /// Their payload bytes.
    pub received_bytes: u64,
    /// Messages dropped by a full queue or by [`Conditions::drop`], in both directions.
    pub dropped: u64,
    /// Publishes that the grants forbade.
    pub forbidden: u64,
}

/// A published message.
#[derive(Clone)]
pub(super) struct Publish {
    pub(super) topic: String,
    pub(super) payload: Vec<u8>,
    pub(super) qos: Qos,
    pub(super) retain: bool,
}

/// A packet in flight, or a timer of the broker.
pub(super) enum Packet {
    Connect,
    Subscribe(Vec<String>),
    Unsubscribe(Vec<String>),
    Publish(Publish),
    Disconnect,
    /// The client's process or network is gone.
    Vanish,
    /// The keep-alive timeout of a silent client.
    Expire,
    /// From the broker to the client.
    Deliver(Event),
}

#[derive(PartialEq, Eq)]
pub(super) enum Phase {
    Connecting,
    Up,
    Down,
}

pub(super) struct Connection {
    pub(super) client_id: String,
    pub(super) will: Option<Will>,
    pub(super) phase: Phase,
    pub(super) conditions: Conditions,
    pub(super) stalled_until: Duration,
    pub(super) up: Lane,
    pub(super) down: Lane,
    /// Packets in flight, in both directions.
    pub(super) in_flight: usize,
    pub(super) subscriptions: BTreeSet<String>,
    pub(super) events: VecDeque<Event>,
    /// [`Event::Closed`] was reported, or the client closed the link itself.
    pub(super) closed: bool,
    /// The client has dropped its end.
    pub(super) abandoned: bool,
    pub(super) traffic: ConnectionTraffic,
}

impl Connection {
    pub(super) fn new(
        client_id: String,
        will: Option<Will>,
        conditions: Conditions,
        rng: &mut Rng,
    ) -> Self {
        let (up, down) = Lane::pair(rng);
        Self {
            client_id,
            will,
            phase: Phase::Connecting,
            conditions,
            stalled_until: Duration::ZERO,
            up,
            down,
            in_flight: 0,
            subscriptions: BTreeSet::new(),
            events: VecDeque::new(),
            closed: false,
            abandoned: false,
            traffic: ConnectionTraffic::default(),
        }
    }

    /// Counts a publish of the client; `false` if the queue is full and the message is dropped.
    pub(super) const fn accept(&mut self, publish: &Publish) -> bool {
        if matches!(publish.qos, Qos::AtMostOnce) && self.in_flight >= CAPACITY {
            self.traffic.dropped += 1;
            return false;
        }
        self.traffic.sent_messages += 1;
        self.traffic.sent_bytes += publish.payload.len() as u64;
        true
    }

    /// How many copies of a message the broker sends to this client: 0 if it is dropped.
    pub(super) fn copies(&mut self, qos: Qos) -> usize {
        if qos == Qos::AtLeastOnce {
            return 1;
        }
        let copies = if self.in_flight >= CAPACITY {
            0
        } else {
            self.down.copies(&self.conditions)
        };
        self.traffic.dropped += u64::from(copies == 0);
        copies
    }

    /// Queues an event that has arrived for the client to poll.
    pub(super) fn deliver(&mut self, event: Event) {
        if self.closed {
            return;
        }
        match &event {
            Event::Message { .. } if self.events.len() >= CAPACITY => {
                self.traffic.dropped += 1;
                return;
            }
            Event::Message { payload, .. } => {
                self.traffic.received_messages += 1;
                self.traffic.received_bytes += payload.len() as u64;
            }
            Event::Closed { .. } => self.closed = true,
            _ => {}
        }
        self.events.push_back(event);
    }
}
