//! Tests of the native socket against a scripted broker.

use core::time::Duration;
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

use link::{Connect, Event, Link, Login, Qos, Socket, Will};
use mqtt_protocol_core::mqtt::common::Cursor;
use mqtt_protocol_core::mqtt::connection::Event as Output;
use mqtt_protocol_core::mqtt::packet::{GenericPacketTrait, Packet, v5_0};
use mqtt_protocol_core::mqtt::result_code::{
    ConnectReasonCode, DisconnectReasonCode, SubackReasonCode,
};
use mqtt_protocol_core::mqtt::{Connection, Version, role};

/// Only a failing test waits this long.
const TIMEOUT: Duration = Duration::from_secs(20);

fn connect(tcp: Option<String>) -> Connect {
    Connect {
        tcp,
        ws: String::new(),
        client_id: "client".into(),
        login: Some(Login {
            username: "player".into(),
            password: "token".into(),
        }),
        will: Some(Will {
            topic: "will".into(),
            payload: vec![1, 2, 3],
        }),
    }
}

/// A broker that serves one client.
struct Broker {
    stream: TcpStream,
    connection: Connection<role::Server>,
    packets: VecDeque<Packet>,
}

impl Broker {
    /// The client's next packet; `None` once it has closed the connection.
    fn next(&mut self) -> Option<Packet> {
        let mut bytes = [0; 4096];
        while self.packets.is_empty() {
            let length = self.stream.read(&mut bytes).unwrap_or(0);
            if length == 0 {
                return None;
            }
            let mut cursor = Cursor::new(&bytes[..length]);
            while (cursor.position() as usize) < length {
                for output in self.connection.recv(&mut cursor) {
                    if let Output::NotifyPacketReceived(packet) = output {
                        self.packets.push_back(packet);
                    }
                }
            }
        }
        self.packets.pop_front()
    }

    fn send(&mut self, packet: impl Into<Packet>) {
        for output in self.connection.send(packet.into()) {
            if let Output::RequestSendPacket { packet, .. } = output {
                self.stream
                    .write_all(&packet.to_continuous_buffer())
                    .unwrap();
            }
        }
    }

    fn accept(&mut self, code: ConnectReasonCode) -> v5_0::Connect {
        let Some(Packet::V5_0Connect(packet)) = self.next() else {
            panic!("the client should connect first");
        };
        let answer = v5_0::Connack::builder()
            .session_present(false)
            .reason_code(code)
            .build();
        self.send(answer.unwrap());
        packet
    }
}

/// A socket that connects to a broker which runs `script` on its own thread.
fn start<T: Send + 'static>(
    script: impl FnOnce(Broker) -> T + Send + 'static,
) -> (Socket, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let broker = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        script(Broker {
            stream,
            connection: Connection::new(Version::V5_0),
            packets: VecDeque::new(),
        })
    });
    let access = connect(Some(format!("mqtt://127.0.0.1:{port}")));
    (Socket::open(access).unwrap(), broker)
}

fn next(socket: &mut Socket) -> Event {
    assert!(socket.wait(TIMEOUT), "the socket should report something");
    socket.poll(Duration::ZERO).unwrap()
}

fn check_closed(socket: &mut Socket, words: &str) {
    match next(socket) {
        Event::Closed { reason } => assert!(reason.contains(words), "{reason}"),
        other => panic!("the link should have closed, but reports {other:?}"),
    }
    assert_eq!(socket.poll(Duration::ZERO), None);
}

#[test]
fn connect_carries_the_credentials_and_the_will() {
    let (mut socket, broker) = start(|mut broker| broker.accept(ConnectReasonCode::Success));
    assert_eq!(next(&mut socket), Event::Connected);
    let packet = broker.join().unwrap();
    assert_eq!(packet.client_id(), "client");
    assert_eq!(packet.user_name(), Some("player"));
    assert_eq!(packet.password(), Some(b"token".as_slice()));
    assert_eq!(packet.will_topic(), Some("will"));
    assert_eq!(packet.will_payload(), Some([1, 2, 3].as_slice()));
    assert!(packet.clean_start() && !packet.will_retain());
    check_closed(&mut socket, "closed the connection");
}

#[test]
fn each_topic_subscribed_before_connecting_is_answered() {
    let (mut socket, broker) = start(|mut broker| {
        broker.accept(ConnectReasonCode::Success);
        for _ in 0..2 {
            let Some(Packet::V5_0Subscribe(packet)) = broker.next() else {
                panic!("the client should subscribe twice");
            };
            assert!(packet.entries().len() <= 8);
            let codes = packet.entries().iter().map(|entry| {
                if entry.topic_filter() == "t3" {
                    SubackReasonCode::NotAuthorized
                } else {
                    SubackReasonCode::GrantedQos1
                }
            });
            let answer = v5_0::Suback::builder()
                .packet_id(packet.packet_id())
                .reason_codes(codes.collect())
                .build();
            broker.send(answer.unwrap());
        }
        broker.next()
    });
    let topics: Vec<String> = (0..10).map(|i| format!("t{i}")).collect();
    socket.subscribe(&topics.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(next(&mut socket), Event::Connected);
    for topic in topics {
        let expected = match topic.as_str() {
            "t3" => Event::Refused { topic },
            _ => Event::Subscribed { topic },
        };
        assert_eq!(next(&mut socket), expected);
    }
    drop(socket);
    assert_eq!(broker.join().unwrap(), None);
}

#[test]
fn messages_are_sent_and_received() {
    let (mut socket, broker) = start(|mut broker| {
        broker.accept(ConnectReasonCode::Success);
        let Some(Packet::V5_0Publish(packet)) = broker.next() else {
            panic!("the client should publish");
        };
        let echo = v5_0::Publish::builder()
            .topic_name("echo")
            .unwrap()
            .payload(packet.payload().as_slice())
            .build();
        broker.send(echo.unwrap());
        broker.next();
        (packet.topic_name().to_owned(), packet.retain())
    });
    socket.publish("t", b"payload", Qos::AtMostOnce, true);
    assert_eq!(next(&mut socket), Event::Connected);
    let message = Event::Message {
        topic: "echo".into(),
        payload: b"payload".into(),
    };
    assert_eq!(next(&mut socket), message);
    drop(socket);
    assert_eq!(broker.join().unwrap(), ("t".into(), true));
}

#[test]
fn close_sends_disconnect_after_all_published_messages() {
    let (mut socket, broker) = start(|mut broker| {
        broker.accept(ConnectReasonCode::Success);
        (broker.next(), broker.next(), broker.next())
    });
    socket.publish("t", b"last", Qos::AtMostOnce, false);
    socket.close();
    assert_eq!(next(&mut socket), Event::Connected);
    check_closed(&mut socket, "closed by this client");
    drop(socket);
    assert!(matches!(
        broker.join().unwrap(),
        (
            Some(Packet::V5_0Publish(_)),
            Some(Packet::V5_0Disconnect(_)),
            None
        )
    ));
}

#[test]
fn dropping_without_close_sends_no_disconnect() {
    let (mut socket, broker) = start(|mut broker| {
        broker.accept(ConnectReasonCode::Success);
        broker.next()
    });
    assert_eq!(next(&mut socket), Event::Connected);
    drop(socket);
    assert_eq!(broker.join().unwrap(), None);
}

#[test]
fn a_refused_connect_closes_the_link_with_a_description() {
    let (mut socket, _broker) =
        start(|mut broker| broker.accept(ConnectReasonCode::BadUserNameOrPassword));
    check_closed(&mut socket, "refused the ticket");
}

#[test]
fn a_disconnect_of_the_broker_closes_the_link_with_its_description() {
    let (mut socket, _broker) = start(|mut broker| {
        broker.accept(ConnectReasonCode::Success);
        let disconnect = v5_0::Disconnect::builder()
            .reason_code(DisconnectReasonCode::SessionTakenOver)
            // rumqttc does not decode a DISCONNECT without a property length.
            .props(Vec::new())
            .build();
        broker.send(disconnect.unwrap());
        broker.next();
    });
    assert_eq!(next(&mut socket), Event::Connected);
    check_closed(&mut socket, "another client");
}

#[test]
fn an_unreachable_broker_closes_the_link_with_a_description() {
    let unused = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("mqtt://{}", unused.local_addr().unwrap());
    drop(unused);
    let mut socket = Socket::open(connect(Some(address))).unwrap();
    check_closed(&mut socket, "no broker listens");
}

#[test]
fn a_missing_or_malformed_address_is_refused_at_once() {
    let error = Socket::open(connect(None)).unwrap_err();
    assert!(error.to_string().contains("ws:// or wss://"), "{error}");
    let error = Socket::open(connect(Some("ws://host/mqtt".into()))).unwrap_err();
    assert!(error.to_string().contains("mqtt://host:port"), "{error}");
}

#[test]
fn a_wait_without_an_event_ends() {
    let (mut socket, broker) = start(|mut broker| {
        broker.accept(ConnectReasonCode::Success);
        broker.next()
    });
    assert_eq!(next(&mut socket), Event::Connected);
    assert!(!socket.wait(Duration::from_millis(1)));
    assert_eq!(socket.dropped(), 0);
    drop(socket);
    broker.join().unwrap();
}
