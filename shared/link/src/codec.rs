//! A sans-I/O MQTT 5 client: its inputs are requests and received bytes, its outputs are events and
//! bytes to send.
//!
//! Used by the browser's link, and tested natively.
//!
//! Non-goals: sockets and clocks; time is an argument.

use core::time::Duration;
use std::collections::VecDeque;

use mqtt_protocol_core::mqtt::common::Cursor;
use mqtt_protocol_core::mqtt::connection::{ConnectionOptions, Event as Output, TimerKind};
use mqtt_protocol_core::mqtt::packet::{
    GenericPacketTrait, Packet, Qos as PacketQos, SubEntry, SubOpts, v5_0,
};
use mqtt_protocol_core::mqtt::result_code::{ConnectReasonCode, MqttError, SubackReasonCode};
use mqtt_protocol_core::mqtt::{Connection, Version, role};

use super::request::Request;
use super::{CLOSED_HERE, Connect, Event, KEEP_ALIVE, MAX_FILTERS, MAX_PACKET, Qos, reason};

/// The most requests that wait for the connection, and the most events that wait to be polled,
/// before messages are dropped.
const CAPACITY: usize = 4096;

/// How long the broker may take to accept the connection or to answer a ping.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest time without a sent packet before a ping: half the keep-alive, because a hidden tab
/// is polled only once a minute.
const PING_INTERVAL: Duration = Duration::from_secs(KEEP_ALIVE.as_secs() / 2);

/// A longer gap between two ticks means that this program was suspended, not that the broker was
/// slow.
const MAX_TICK_GAP: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Connecting,
    Connected,
    Closed,
}

/// The client side of one connection.
pub(super) struct Codec {
    connect: Connect,
    connection: Connection<role::Client>,
    phase: Phase,
    events: VecDeque<Event>,
    output: Vec<u8>,
    /// Requests made before the connection was accepted.
    waiting: VecDeque<Request>,
    /// Sent subscriptions without a SUBACK.
    unanswered: Vec<(u16, Vec<String>)>,
    now: Option<Duration>,
    ping_at: Option<Duration>,
    give_up_at: Option<Duration>,
    dropped: u64,
}

impl Codec {
    pub(super) fn new(connect: Connect) -> Self {
        let options = ConnectionOptions::new().maximum_packet_size_recv(MAX_PACKET);
        let mut connection = Connection::with_options(Version::V5_0, options);
        connection.set_pingresp_recv_timeout(millis(ANSWER_TIMEOUT));
        // Nothing is connected yet, so this starts no timer.
        connection.set_pingreq_send_interval(Some(millis(PING_INTERVAL)));
        Self {
            connect,
            connection,
            phase: Phase::Connecting,
            events: VecDeque::new(),
            output: Vec::new(),
            waiting: VecDeque::new(),
            unanswered: Vec::new(),
            now: None,
            ping_at: None,
            give_up_at: None,
            dropped: 0,
        }
    }

    /// Reports that the transport is open; sends CONNECT.
    pub(super) fn open(&mut self) {
        match connect_packet(&self.connect) {
            Ok(packet) => {
                let outputs = self.connection.checked_send(packet);
                self.apply(outputs);
            }
            Err(error) => self.fail(describe(error)),
        }
    }

    /// Processes received bytes: any number of packets, whole or in part.
    pub(super) fn receive(&mut self, bytes: &[u8]) {
        let mut cursor = Cursor::new(bytes);
        while self.phase != Phase::Closed && (cursor.position() as usize) < bytes.len() {
            let outputs = self.connection.recv(&mut cursor);
            self.apply(outputs);
        }
    }

    /// Advances the time to `now`, and sends a ping or gives up if that is due.
    pub(super) fn tick(&mut self, now: Duration) {
        let before = self.now.replace(now);
        if self.phase == Phase::Closed {
            return;
        }
        match (before, &mut self.give_up_at) {
            (None, give_up_at) if self.phase == Phase::Connecting => {
                *give_up_at = Some(now + ANSWER_TIMEOUT);
            }
            (Some(before), Some(give_up_at)) if now.saturating_sub(before) > MAX_TICK_GAP => {
                *give_up_at += now - before;
            }
            _ => {}
        }
        if self.give_up_at.is_some_and(|at| at <= now) {
            self.fail("the broker does not answer".into());
        } else if self.ping_at.is_some_and(|at| at <= now) {
            self.ping_at = None;
            let outputs = self.connection.notify_timer_fired(TimerKind::PingreqSend);
            self.apply(outputs);
        }
    }

    pub(super) fn subscribe(&mut self, topics: &[&str]) {
        for chunk in topics.chunks(MAX_FILTERS) {
            self.request(Request::Subscribe(owned(chunk)));
        }
    }

    pub(super) fn unsubscribe(&mut self, topics: &[&str]) {
        for chunk in topics.chunks(MAX_FILTERS) {
            self.request(Request::Unsubscribe(owned(chunk)));
        }
    }

    pub(super) fn publish(&mut self, topic: &str, payload: &[u8], qos: Qos, retain: bool) {
        self.request(Request::Publish {
            topic: topic.into(),
            payload: payload.into(),
            qos,
            retain,
        });
    }

    /// Sends DISCONNECT; the remaining bytes are in [`Self::take_output`].
    pub(super) fn close(&mut self) {
        if self.phase == Phase::Connected
            && let Ok(packet) = v5_0::Disconnect::builder().build()
        {
            for output in self.connection.checked_send(packet) {
                if let Output::RequestSendPacket { packet, .. } = output {
                    self.write(&packet);
                }
            }
        }
        self.fail(CLOSED_HERE.into());
    }

    /// Reports that the link is down, once.
    pub(super) fn fail(&mut self, reason: String) {
        if self.phase != Phase::Closed {
            self.phase = Phase::Closed;
            self.waiting.clear();
            self.events.push_back(Event::Closed { reason });
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.phase == Phase::Closed
    }

    pub(super) fn take_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Calls `send` with the bytes to send, if there are any, and clears them.
    pub(super) fn take_output(&mut self, send: impl FnOnce(&[u8])) {
        if !self.output.is_empty() {
            send(&self.output);
            self.output.clear();
        }
    }

    /// The number of messages dropped because a queue was full, in both directions.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Counts a message that was dropped because the transport's buffer was full.
    pub(super) fn count_dropped(&mut self) {
        self.dropped += 1;
    }

    fn request(&mut self, request: Request) {
        match self.phase {
            Phase::Connected => self.perform(request),
            Phase::Connecting if self.waiting.len() < CAPACITY => self.waiting.push_back(request),
            Phase::Connecting => match request {
                Request::Publish {
                    qos: Qos::AtMostOnce,
                    ..
                } => self.dropped += 1,
                _ => self.fail("too many requests before the connection is open".into()),
            },
            Phase::Closed => {}
        }
    }

    fn perform(&mut self, request: Request) {
        match self.encode(request) {
            Ok(outputs) => self.apply(outputs),
            Err(error) => self.fail(describe(error)),
        }
    }

    fn encode(&mut self, request: Request) -> Result<Vec<Output>, MqttError> {
        match request {
            Request::Subscribe(topics) => {
                let options = SubOpts::new().set_qos(PacketQos::AtLeastOnce);
                let entries = topics
                    .iter()
                    .map(|topic| SubEntry::new(topic.as_str(), options))
                    .collect::<Result<Vec<_>, _>>()?;
                let id = self.connection.acquire_packet_id()?;
                let packet = v5_0::Subscribe::builder()
                    .packet_id(id)
                    .entries(entries)
                    .build()?;
                self.unanswered.push((id, topics));
                Ok(self.connection.checked_send(packet))
            }
            Request::Unsubscribe(topics) => {
                let id = self.connection.acquire_packet_id()?;
                let packet = v5_0::Unsubscribe::builder()
                    .packet_id(id)
                    .entries(topics)?
                    .build()?;
                Ok(self.connection.checked_send(packet))
            }
            Request::Publish {
                topic,
                payload,
                qos,
                retain,
            } => {
                let mut builder = v5_0::Publish::builder()
                    .topic_name(topic)?
                    .payload(payload)
                    .retain(retain);
                if qos == Qos::AtLeastOnce {
                    let id = self.connection.acquire_packet_id()?;
                    builder = builder.qos(PacketQos::AtLeastOnce).packet_id(id);
                }
                Ok(self.connection.checked_send(builder.build()?))
            }
        }
    }

    fn apply(&mut self, outputs: Vec<Output>) {
        // Reported last: the packet with the reason may follow the request to close.
        let mut end = None;
        for output in outputs {
            match output {
                Output::RequestSendPacket { packet, .. } => self.write(&packet),
                Output::NotifyPacketReceived(packet) => self.received(packet),
                Output::RequestTimerReset { kind, duration_ms } => {
                    let due = self.now.unwrap_or_default() + Duration::from_millis(duration_ms);
                    if let Some(timer) = self.timer(kind) {
                        *timer = Some(due);
                    }
                }
                Output::RequestTimerCancel(kind) => {
                    if let Some(timer) = self.timer(kind) {
                        *timer = None;
                    }
                }
                Output::NotifyError(error) => end = Some(describe(error)),
                Output::RequestClose => {
                    end.get_or_insert_with(|| reason::describe(0).into());
                }
                Output::NotifyPacketIdReleased(_) => {}
            }
        }
        if let Some(reason) = end {
            self.fail(reason);
        }
    }

    fn timer(&mut self, kind: TimerKind) -> Option<&mut Option<Duration>> {
        match kind {
            TimerKind::PingreqSend => Some(&mut self.ping_at),
            TimerKind::PingrespRecv => Some(&mut self.give_up_at),
            TimerKind::PingreqRecv => None,
        }
    }

    fn write(&mut self, packet: &Packet) {
        for part in packet.to_buffers() {
            self.output.extend_from_slice(&part);
        }
    }

    fn received(&mut self, packet: Packet) {
        match packet {
            Packet::V5_0Connack(packet) => match packet.reason_code() {
                ConnectReasonCode::Success => self.accepted(),
                code => self.fail(reason::describe(code as u8).into()),
            },
            Packet::V5_0Suback(packet) => {
                self.answered(packet.packet_id(), &packet.reason_codes());
            }
            Packet::V5_0Publish(packet) => {
                if let Some(id) = packet.packet_id() {
                    self.acknowledge(id);
                }
                if self.phase == Phase::Closed {
                    return;
                }
                if self.events.len() >= CAPACITY {
                    self.dropped += 1;
                    return;
                }
                self.events.push_back(Event::Message {
                    topic: packet.topic_name().into(),
                    payload: packet.payload().as_slice().into(),
                });
            }
            Packet::V5_0Disconnect(packet) => {
                let code = packet.reason_code().map_or(0, |code| code as u8);
                self.fail(reason::describe(code).into());
            }
            _ => {}
        }
    }

    /// Acknowledges a message of QoS 1. The library's automatic acknowledgement panics at a packet id
    /// of 0, which a broker must not send.
    fn acknowledge(&mut self, id: u16) {
        match v5_0::Puback::builder().packet_id(id).build() {
            Ok(packet) => {
                let outputs = self.connection.checked_send(packet);
                self.apply(outputs);
            }
            Err(error) => self.fail(describe(error)),
        }
    }

    fn accepted(&mut self) {
        self.phase = Phase::Connected;
        self.give_up_at = None;
        self.events.push_back(Event::Connected);
        while let Some(request) = self.waiting.pop_front() {
            self.perform(request);
        }
    }

    fn answered(&mut self, id: u16, codes: &[SubackReasonCode]) {
        let Some(position) = self.unanswered.iter().position(|(other, _)| *other == id) else {
            return;
        };
        let (_, topics) = self.unanswered.swap_remove(position);
        for (index, topic) in topics.into_iter().enumerate() {
            self.events.push_back(match codes.get(index) {
                Some(
                    SubackReasonCode::GrantedQos0
                    | SubackReasonCode::GrantedQos1
                    | SubackReasonCode::GrantedQos2,
                ) => Event::Subscribed { topic },
                _ => Event::Refused { topic },
            });
        }
    }
}

fn owned(topics: &[&str]) -> Vec<String> {
    topics.iter().map(|&topic| topic.into()).collect()
}

const fn millis(duration: Duration) -> u64 {
    duration.as_secs() * 1000
}

fn connect_packet(connect: &Connect) -> Result<v5_0::Connect, MqttError> {
    let mut builder = v5_0::Connect::builder()
        .client_id(connect.client_id.as_str())?
        .clean_start(true)
        .keep_alive(KEEP_ALIVE.as_secs() as u16);
    if let Some(login) = &connect.login {
        builder = builder
            .user_name(login.username.as_str())?
            .password(login.password.as_bytes().to_vec())?;
    }
    if let Some(will) = &connect.will {
        let qos = PacketQos::AtLeastOnce;
        builder = builder.will_message(will.topic.as_str(), will.payload.clone(), qos, false)?;
    }
    builder.build()
}

fn describe(error: MqttError) -> String {
    match error {
        MqttError::PacketTooLarge => reason::describe(0x95).into(),
        other => format!("the connection to the broker broke: {other}"),
    }
}

#[cfg(test)]
mod tests;
