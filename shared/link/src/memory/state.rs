//! The state of the in-process broker: connections, retained messages and packets in flight.
//!
//! Non-goals: the delay of a packet, which [`conditions`](crate::conditions) computes.

use core::time::Duration;
use std::collections::BTreeMap;

use rng::Rng;

use super::connection::{Connection, ConnectionTraffic, Packet, Phase, Publish};
use crate::conditions::Conditions;
use crate::{Event, KEEP_ALIVE, Qos, Will, reason};

/// The right that a client needs on a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To publish to it, or to name it in a will.
    Publish,
    /// To subscribe to it.
    Subscribe,
}

pub(super) struct State {
    now: Duration,
    rng: Rng,
    conditions: Conditions,
    grants: Option<Box<dyn Fn(&str, Access, &str) -> bool + Send>>,
    retained: BTreeMap<String, Vec<u8>>,
    connections: BTreeMap<u64, Connection>,
    /// Packets in flight by time of arrival, then by order of sending, each with its connection.
    in_flight: BTreeMap<(Duration, u64), (u64, Packet)>,
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
            in_flight: BTreeMap::new(),
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

    pub(super) fn traffic(&mut self, client_id: &str) -> ConnectionTraffic {
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
        let timeout = KEEP_ALIVE * 3 / 2;
        if length > timeout {
            self.schedule(now + timeout, id, Packet::Expire);
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

    /// Adds a client's connection and sends its CONNECT.
    pub(super) fn open(&mut self, client_id: String, will: Option<Will>) -> u64 {
        let id = self.number();
        let connection = Connection::new(client_id, will, self.conditions, &mut self.rng);
        self.connections.insert(id, connection);
        self.send_up(id, Packet::Connect);
        id
    }

    pub(super) fn take_event(&mut self, id: u64) -> Option<Event> {
        self.connections.get_mut(&id)?.events.pop_front()
    }

    /// Reports to the client that the link is down; nothing is reported after that.
    pub(super) fn report_closed(&mut self, id: u64, reason: &str) {
        if let Some(connection) = self.connections.get_mut(&id)
            && !connection.closed
        {
            connection.closed = true;
            let reason = reason.into();
            connection.events.push_back(Event::Closed { reason });
        }
    }

    /// The client has dropped its end; packets that it sent still arrive.
    pub(super) fn abandon(&mut self, id: u64) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.abandoned = true;
            connection.closed = true;
            connection.events.clear();
        }
        self.remove_if_unused(id);
    }

    /// Removes a connection that is down, without a client's end and without packets in flight.
    fn remove_if_unused(&mut self, id: u64) {
        if self.connections.get(&id).is_some_and(|connection| {
            connection.abandoned && connection.phase == Phase::Down && connection.in_flight == 0
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
        if let Packet::Publish(publish) = &packet
            && !connection.accept(publish)
        {
            return;
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
            connection.in_flight += 1;
        }
        let number = self.number();
        self.in_flight.insert((at, number), (id, packet));
    }

    fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    pub(super) fn advance(&mut self, now: Duration) {
        while let Some(entry) = self.in_flight.first_entry()
            && entry.key().0 <= now
        {
            let ((at, number), (id, packet)) = entry.remove_entry();
            self.now = self.now.max(at);
            let Some(connection) = self.connections.get_mut(&id) else {
                continue;
            };
            // A held packet keeps its number, and with it its place in the order.
            if connection.stalled_until > at && !matches!(packet, Packet::Expire) {
                let until = connection.stalled_until;
                self.in_flight.insert((until, number), (id, packet));
                continue;
            }
            connection.in_flight -= 1;
            self.arrive(id, packet);
            self.remove_if_unused(id);
        }
        self.now = self.now.max(now);
    }

    fn arrive(&mut self, id: u64, packet: Packet) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        if let Packet::Deliver(event) = packet {
            connection.deliver(event);
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
            (Phase::Up, Packet::Expire) => self.end(id, reason::describe(0x8d)),
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
            self.end(id, reason::describe(0x87));
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
            self.end(predecessor, reason::describe(0x8e));
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

    /// Ends a connection: publishes its will and reports the end to its client.
    fn end(&mut self, id: u64, reason: &str) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let before = core::mem::replace(&mut connection.phase, Phase::Down);
        connection.subscriptions.clear();
        // The will of a client that was never connected is not published.
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

    /// Retains a message if its retain flag is set, and sends it to all subscribers of its topic.
    pub(super) fn route(&mut self, publish: &Publish) {
        if publish.retain {
            if publish.payload.is_empty() {
                self.retained.remove(&publish.topic);
            } else {
                self.retained
                    .insert(publish.topic.clone(), publish.payload.clone());
            }
        }
        let subscribers: Vec<u64> = self
            .connections
            .iter()
            .filter(|(_, connection)| connection.subscriptions.contains(&publish.topic))
            .map(|(&id, _)| id)
            .collect();
        for id in subscribers {
            let connection = self.connections.get_mut(&id);
            let copies = connection.map_or(0, |connection| connection.copies(publish.qos));
            for _ in 0..copies {
                let topic = publish.topic.clone();
                let payload = publish.payload.clone();
                self.send_down(id, Event::Message { topic, payload });
            }
        }
    }
}
