//! The broker's state and its rules; times come from [`conditions`](crate::conditions).

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rng::Rng;

use crate::conditions::{Conditions, Lane};
use crate::{Event, KEEP_ALIVE, Qos, Will, reason};

/// Packets that may be under way, or events that may wait to be polled, on one connection before
/// QoS 0 messages are dropped.
const CAPACITY: usize = 1024;

/// What a client asks to do with a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Publish to it, or leave a will there.
    Publish,
    /// Read it.
    Subscribe,
}

/// What a connection has carried: messages and their payloads, without MQTT's own bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Messages that the client published.
    pub sent_messages: u64,
    /// Their payload bytes.
    pub sent_bytes: u64,
    /// Messages that reached the client.
    pub received_messages: u64,
    /// Their payload bytes.
    pub received_bytes: u64,
    /// Messages dropped by a full queue or by [`Conditions::drop`], both ways together.
    pub dropped: u64,
    /// Messages that the grants forbade.
    pub forbidden: u64,
}

/// A message on its way.
#[derive(Clone)]
pub(super) struct Publish {
    pub(super) topic: String,
    pub(super) payload: Vec<u8>,
    pub(super) qos: Qos,
    pub(super) retain: bool,
}

/// What travels, and what is due.
pub(super) enum Packet {
    Connect,
    Subscribe(Vec<String>),
    Unsubscribe(Vec<String>),
    Publish(Publish),
    Disconnect,
    /// The client's process or network is gone.
    Vanish,
    /// The broker's patience with a silent client ends.
    Expire,
    /// To the client.
    Deliver(Event),
}

#[derive(PartialEq, Eq)]
enum Phase {
    Connecting,
    Up,
    Down,
}

struct Connection {
    client_id: String,
    will: Option<Will>,
    phase: Phase,
    conditions: Conditions,
    stalled_until: Duration,
    up: Lane,
    down: Lane,
    /// Packets under way, both ways together.
    under_way: usize,
    subscriptions: BTreeSet<String>,
    events: VecDeque<Event>,
    /// The client was told the end, or told it itself.
    closed: bool,
    /// The client's end no longer exists.
    abandoned: bool,
    traffic: Traffic,
}

pub(super) struct State {
    now: Duration,
    rng: Rng,
    conditions: Conditions,
    grants: Option<Box<dyn Fn(&str, Access, &str) -> bool + Send>>,
    retained: BTreeMap<String, Vec<u8>>,
    connections: BTreeMap<u64, Connection>,
    /// By arrival, then by the order of sending.
    wire: BTreeMap<(Duration, u64), (u64, Packet)>,
    next_number: u64,
}

impl State {
    pub(super) fn new(rng: Rng, conditions: Conditions) -> Self {
        Self {
            now: Duration::ZERO,
            rng,
            conditions,
            grants: None,
            retained: BTreeMap::new(),
            connections: BTreeMap::new(),
            wire: BTreeMap::new(),
            next_number: 0,
        }
    }

    pub(super) fn now(&self) -> Duration {
        self.now
    }

    pub(super) fn retained(&self, topic: &str) -> Option<Vec<u8>> {
        self.retained.get(topic).cloned()
    }

    pub(super) fn set_grants(&mut self, grants: Box<dyn Fn(&str, Access, &str) -> bool + Send>) {
        self.grants = Some(grants);
    }

    pub(super) fn set_conditions(&mut self, client_id: &str, conditions: Conditions) {
        if let Some((_, connection)) = self.newest(client_id) {
            connection.conditions = conditions;
        }
    }

    pub(super) fn set_all_conditions(&mut self, conditions: Conditions) {
        self.conditions = conditions;
        for connection in self.connections.values_mut() {
            connection.conditions = conditions;
        }
    }

    pub(super) fn traffic(&mut self, client_id: &str) -> Traffic {
        self.newest(client_id)
            .map(|(_, connection)| connection.traffic)
            .unwrap_or_default()
    }

    pub(super) fn stall(&mut self, client_id: &str, length: Duration) {
        let now = self.now;
        let Some((id, connection)) = self.newest(client_id) else {
            return;
        };
        connection.stalled_until = connection.stalled_until.max(now + length);
        let patience = KEEP_ALIVE * 3 / 2;
        if length > patience {
            self.schedule(now + patience, id, Packet::Expire);
        }
    }

    pub(super) fn kill(&mut self, client_id: &str) {
        if let Some((id, _)) = self.newest(client_id) {
            self.end(id, "the connection to the broker was lost");
        }
    }

    fn newest(&mut self, client_id: &str) -> Option<(u64, &mut Connection)> {
        self.connections
            .iter_mut()
            .rev()
            .find(|(_, connection)| connection.client_id == client_id)
            .map(|(&id, connection)| (id, connection))
    }

    /// A client's new connection, its request to connect under way.
    pub(super) fn open(&mut self, client_id: String, will: Option<Will>) -> u64 {
        let id = self.number();
        let (up, down) = Lane::pair(&mut self.rng);
        let connection = Connection {
            client_id,
            will,
            phase: Phase::Connecting,
            conditions: self.conditions,
            stalled_until: Duration::ZERO,
            up,
            down,
            under_way: 0,
            subscriptions: BTreeSet::new(),
            events: VecDeque::new(),
            closed: false,
            abandoned: false,
            traffic: Traffic::default(),
        };
        self.connections.insert(id, connection);
        self.send_up(id, Packet::Connect);
        id
    }

    pub(super) fn take_event(&mut self, id: u64) -> Option<Event> {
        self.connections.get_mut(&id)?.events.pop_front()
    }

    /// Tells the client that the link is down; nothing is reported after that.
    pub(super) fn report_closed(&mut self, id: u64, reason: &str) {
        if let Some(connection) = self.connections.get_mut(&id)
            && !connection.closed
        {
            connection.closed = true;
            let reason = reason.into();
            connection.events.push_back(Event::Closed { reason });
        }
    }

    /// The client's end no longer exists; what it sent still arrives.
    pub(super) fn abandon(&mut self, id: u64) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.abandoned = true;
            connection.closed = true;
            connection.events.clear();
        }
        self.forget(id);
    }

    /// Forgets a connection that nobody holds and that nothing more can reach.
    fn forget(&mut self, id: u64) {
        if self.connections.get(&id).is_some_and(|connection| {
            connection.abandoned && connection.phase == Phase::Down && connection.under_way == 0
        }) {
            self.connections.remove(&id);
        }
    }

    pub(super) fn send_up(&mut self, id: u64, packet: Packet) {
        let now = self.now;
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let ends = matches!(packet, Packet::Disconnect | Packet::Vanish);
        if connection.closed && !ends {
            return;
        }
        if let Packet::Publish(publish) = &packet {
            if publish.qos == Qos::AtMostOnce && connection.under_way >= CAPACITY {
                connection.traffic.dropped += 1;
                return;
            }
            connection.traffic.sent_messages += 1;
            connection.traffic.sent_bytes += publish.payload.len() as u64;
        }
        let message = matches!(packet, Packet::Publish(_));
        let at = connection.up.arrival(now, &connection.conditions, message);
        self.schedule(at, id, packet);
    }

    fn send_down(&mut self, id: u64, event: Event) {
        let now = self.now;
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let message = matches!(event, Event::Message { .. });
        let at = connection
            .down
            .arrival(now, &connection.conditions, message);
        self.schedule(at, id, Packet::Deliver(event));
    }

    fn schedule(&mut self, at: Duration, id: u64, packet: Packet) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.under_way += 1;
        }
        let number = self.number();
        self.wire.insert((at, number), (id, packet));
    }

    fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    pub(super) fn advance(&mut self, now: Duration) {
        while let Some(entry) = self.wire.first_entry()
            && entry.key().0 <= now
        {
            let ((at, number), (id, packet)) = entry.remove_entry();
            self.now = self.now.max(at);
            let Some(connection) = self.connections.get_mut(&id) else {
                continue;
            };
            // Held packets keep their number and with it their order.
            if connection.stalled_until > at && !matches!(packet, Packet::Expire) {
                let until = connection.stalled_until;
                self.wire.insert((until, number), (id, packet));
                continue;
            }
            connection.under_way -= 1;
            self.arrive(id, packet);
            self.forget(id);
        }
        self.now = self.now.max(now);
    }

    fn arrive(&mut self, id: u64, packet: Packet) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        if let Packet::Deliver(event) = packet {
            deliver(connection, event);
            return;
        }
        match (&connection.phase, packet) {
            (Phase::Connecting, Packet::Connect) => self.accept(id),
            (Phase::Up, Packet::Subscribe(topics)) => {
                for topic in topics {
                    self.subscribe(id, topic);
                }
            }
            (Phase::Up, Packet::Unsubscribe(topics)) => {
                for topic in topics {
                    connection.subscriptions.remove(&topic);
                }
            }
            (Phase::Up, Packet::Publish(publish)) => {
                if self.allows(id, Access::Publish, &publish.topic) {
                    self.route(&publish);
                } else if let Some(connection) = self.connections.get_mut(&id) {
                    connection.traffic.forbidden += 1;
                }
            }
            (_, Packet::Disconnect) => {
                connection.will = None;
                connection.phase = Phase::Down;
                connection.subscriptions.clear();
            }
            (_, Packet::Vanish) => self.end(id, "the connection to the broker was lost"),
            (Phase::Up, Packet::Expire) => self.end(id, reason::in_words(0x8d)),
            _ => {}
        }
    }

    fn accept(&mut self, id: u64) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let client_id = connection.client_id.clone();
        let will = connection.will.as_ref().map(|will| will.topic.clone());
        if let Some(topic) = will
            && !self.allows(id, Access::Publish, &topic)
        {
            self.end(id, reason::in_words(0x87));
            return;
        }
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.phase = Phase::Up;
        }
        self.send_down(id, Event::Connected);
        let predecessor = self
            .connections
            .iter()
            .find(|(other, connection)| {
                **other != id && connection.client_id == client_id && connection.phase == Phase::Up
            })
            .map(|(&other, _)| other);
        if let Some(predecessor) = predecessor {
            self.end(predecessor, reason::in_words(0x8e));
        }
    }

    fn subscribe(&mut self, id: u64, topic: String) {
        if topic.contains(['+', '#']) || !self.allows(id, Access::Subscribe, &topic) {
            self.send_down(id, Event::Refused { topic });
            return;
        }
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.subscriptions.insert(topic.clone());
        }
        let retained = self.retained.get(&topic).cloned();
        let answer = Event::Subscribed {
            topic: topic.clone(),
        };
        self.send_down(id, answer);
        if let Some(payload) = retained {
            self.send_down(id, Event::Message { topic, payload });
        }
    }

    fn allows(&self, id: u64, access: Access, topic: &str) -> bool {
        let Some(connection) = self.connections.get(&id) else {
            return false;
        };
        self.grants
            .as_ref()
            .is_none_or(|grants| grants(&connection.client_id, access, topic))
    }

    /// Takes a connection down: its will fires and its client, if it still exists, is told.
    fn end(&mut self, id: u64, reason: &str) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let before = core::mem::replace(&mut connection.phase, Phase::Down);
        connection.subscriptions.clear();
        // Of a client that never was connected, no will fires.
        let will = connection.will.take().filter(|_| before == Phase::Up);
        if before != Phase::Down {
            let reason = reason.into();
            self.send_down(id, Event::Closed { reason });
        }
        if let Some(will) = will {
            self.route(&Publish {
                topic: will.topic,
                payload: will.payload,
                qos: Qos::AtLeastOnce,
                retain: false,
            });
        }
    }

    /// Retains a message if it asks for that, and sends it to all who subscribed to its topic.
    pub(super) fn route(&mut self, publish: &Publish) {
        if publish.retain {
            if publish.payload.is_empty() {
                self.retained.remove(&publish.topic);
            } else {
                self.retained
                    .insert(publish.topic.clone(), publish.payload.clone());
            }
        }
        let readers: Vec<u64> = self
            .connections
            .iter()
            .filter(|(_, connection)| connection.subscriptions.contains(&publish.topic))
            .map(|(&id, _)| id)
            .collect();
        for id in readers {
            for _ in 0..self.copies(id, publish.qos) {
                let topic = publish.topic.clone();
                let payload = publish.payload.clone();
                self.send_down(id, Event::Message { topic, payload });
            }
        }
    }

    fn copies(&mut self, id: u64, qos: Qos) -> usize {
        let Some(connection) = self.connections.get_mut(&id) else {
            return 0;
        };
        if qos == Qos::AtLeastOnce {
            return 1;
        }
        let copies = if connection.under_way >= CAPACITY {
            0
        } else {
            connection.down.copies(&connection.conditions)
        };
        connection.traffic.dropped += u64::from(copies == 0);
        copies
    }
}

/// An event reaches its client.
fn deliver(connection: &mut Connection, event: Event) {
    if connection.closed {
        return;
    }
    match &event {
        Event::Message { .. } if connection.events.len() >= CAPACITY => {
            connection.traffic.dropped += 1;
            return;
        }
        Event::Message { payload, .. } => {
            connection.traffic.received_messages += 1;
            connection.traffic.received_bytes += payload.len() as u64;
        }
        Event::Closed { .. } => connection.closed = true,
        _ => {}
    }
    connection.events.push_back(event);
}
