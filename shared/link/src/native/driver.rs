//! The network thread: converts rumqttc's events into those of the link, until the first error.
//!
//! Non-goals: reconnecting.

use core::pin::pin;
use core::time::Duration;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use rumqttc::Outgoing;
use rumqttc::v5::mqttbytes::Error as PacketError;
use rumqttc::v5::mqttbytes::v5::{ConnectReturnCode, Packet, Publish, SubAck, SubscribeReasonCode};
use rumqttc::v5::{AsyncClient, ConnectionError, Event as Raw, EventLoop, StateError};
use tokio::sync::oneshot;

use super::inbox::Inbox;
use crate::{CLOSED_HERE, Event, reason};

/// How long sending DISCONNECT may take on a connection that is stuck.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Drives one connection until it ends.
pub(super) struct Driver {
    event_loop: EventLoop,
    client: AsyncClient,
    inbox: Arc<Inbox>,
    /// Sent subscriptions without a SUBACK, oldest first.
    unanswered: VecDeque<(u16, Vec<String>)>,
}

impl Driver {
    pub(super) fn new(event_loop: EventLoop, client: AsyncClient, inbox: Arc<Inbox>) -> Self {
        Self {
            event_loop,
            client,
            inbox,
            unanswered: VecDeque::new(),
        }
    }

    /// Runs until an error occurs, DISCONNECT is sent, or the sender of `stop` is dropped.
    pub(super) async fn run(mut self, stop: oneshot::Receiver<()>) {
        let reason = self.drive(stop).await;
        self.inbox.close(reason);
    }

    async fn drive(&mut self, stop: oneshot::Receiver<()>) -> String {
        let client = self.client.clone();
        // Completes when the connection must be cut. It is polled next to the event loop, whose poll
        // must not be cancelled between taking a request and writing it.
        let mut cut = pin!(async move {
            if stop.await.is_ok() && client.disconnect().await.is_ok() {
                tokio::time::sleep(DISCONNECT_TIMEOUT).await;
            }
        });
        loop {
            let event = tokio::select! {
                biased;
                event = self.event_loop.poll() => event,
                () = &mut cut => return CLOSED_HERE.into(),
            };
            match event {
                Ok(Raw::Incoming(packet)) => self.receive(packet),
                Ok(Raw::Outgoing(Outgoing::Subscribe(id))) => {
                    // rumqttc assigns packet ids when it sends requests, in their order.
                    let topics = self.inbox.subscriptions().pop_front().unwrap_or_default();
                    self.unanswered.push_back((id, topics));
                }
                Ok(Raw::Outgoing(Outgoing::Disconnect)) => return CLOSED_HERE.into(),
                Ok(Raw::Outgoing(_)) => {}
                Err(error) => return describe(&error),
            }
        }
    }

    fn receive(&mut self, packet: Packet) {
        match packet {
            Packet::ConnAck(_) => self.inbox.push(Event::Connected),
            Packet::SubAck(answer) => self.answer(&answer),
            Packet::Publish(Publish { topic, payload, .. }) => {
                if let Ok(topic) = String::from_utf8(topic.into()) {
                    let payload = payload.into();
                    self.inbox.push(Event::Message { topic, payload });
                }
            }
            _ => {}
        }
    }

    fn answer(&mut self, answer: &SubAck) {
        let position = self
            .unanswered
            .iter()
            .position(|(id, _)| *id == answer.pkid);
        let Some((_, topics)) = position.and_then(|at| self.unanswered.remove(at)) else {
            return;
        };
        for (index, topic) in topics.into_iter().enumerate() {
            self.inbox.push(match answer.return_codes.get(index) {
                Some(SubscribeReasonCode::Success(_)) => Event::Subscribed { topic },
                _ => Event::Refused { topic },
            });
        }
    }
}

fn describe(error: &ConnectionError) -> String {
    match error {
        ConnectionError::Io(error)
        | ConnectionError::MqttState(
            StateError::Io(error) | StateError::Deserialization(PacketError::Io(error)),
        ) => describe_io(error),
        // Among others, the response to a presigned URL that has expired.
        ConnectionError::Websocket(error) => {
            format!("the broker refused the connection; the ticket may have expired: {error}")
        }
        ConnectionError::Timeout(_) => "the broker did not answer in time".into(),
        ConnectionError::ConnectionRefused(code)
        | ConnectionError::MqttState(StateError::ConnFail { reason: code }) => {
            reason::describe(connack_code(*code)).into()
        }
        ConnectionError::MqttState(StateError::ServerDisconnect { reason_code, .. }) => {
            reason::describe(*reason_code as u8).into()
        }
        // rumqttc does not decode a DISCONNECT without a property length, which most brokers send:
        // its reason code is lost.
        ConnectionError::MqttState(StateError::ConnectionAborted) => {
            "the broker closed the connection; the ticket may have expired or be in use elsewhere"
                .into()
        }
        ConnectionError::MqttState(StateError::AwaitPingResp) => {
            "the broker does not answer pings".into()
        }
        other => format!("the connection to the broker broke: {other}"),
    }
}

fn describe_io(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            "no broker listens at its address: connection refused".into()
        }
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => "the connection to the broker was lost".into(),
        io::ErrorKind::TimedOut => "the broker did not answer in time".into(),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "the broker cannot be reached: check the network".into()
        }
        _ => format!("the broker cannot be reached: {error}"),
    }
}

/// The MQTT 5 reason code of a refusal.
const fn connack_code(code: ConnectReturnCode) -> u8 {
    match code {
        ConnectReturnCode::MalformedPacket => 0x81,
        ConnectReturnCode::ProtocolError => 0x82,
        ConnectReturnCode::RefusedProtocolVersion
        | ConnectReturnCode::UnsupportedProtocolVersion => 0x84,
        ConnectReturnCode::BadClientId | ConnectReturnCode::ClientIdentifierNotValid => 0x85,
        ConnectReturnCode::BadUserNamePassword => 0x86,
        ConnectReturnCode::NotAuthorized => 0x87,
        ConnectReturnCode::ServerUnavailable | ConnectReturnCode::ServiceUnavailable => 0x88,
        ConnectReturnCode::ServerBusy => 0x89,
        ConnectReturnCode::Banned => 0x8a,
        ConnectReturnCode::PacketTooLarge => 0x95,
        ConnectReturnCode::QuotaExceeded => 0x97,
        ConnectReturnCode::UseAnotherServer => 0x9c,
        ConnectReturnCode::ServerMoved => 0x9d,
        ConnectReturnCode::ConnectionRateExceeded => 0x9f,
        _ => 0x80,
    }
}
