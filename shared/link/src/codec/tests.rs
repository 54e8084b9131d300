//! Tests of the codec against the server side of the same MQTT library.

use mqtt_protocol_core::mqtt::packet::MqttString;
use mqtt_protocol_core::mqtt::packet::v5_0::{
    Connack, Disconnect, Pingresp, Puback, Publish, Suback,
};
use mqtt_protocol_core::mqtt::result_code::DisconnectReasonCode;
use proptest::prelude::*;

use super::*;
use crate::{Login, Will};

fn connect() -> Connect {
    Connect {
        tcp: None,
        ws: "ws://127.0.0.1/mqtt".into(),
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

/// The server side of the connection.
struct Server {
    connection: Connection<role::Server>,
}

impl Server {
    fn new() -> Self {
        let connection = Connection::new(Version::V5_0);
        Self { connection }
    }

    /// The packets that the client has sent.
    fn packets(&mut self, codec: &mut Codec) -> Vec<Packet> {
        let mut bytes = Vec::new();
        codec.take_output(|output| bytes.extend_from_slice(output));
        let mut cursor = Cursor::new(bytes.as_slice());
        let mut packets = Vec::new();
        while (cursor.position() as usize) < bytes.len() {
            for output in self.connection.recv(&mut cursor) {
                if let Output::NotifyPacketReceived(packet) = output {
                    packets.push(packet);
                }
            }
        }
        packets
    }

    /// Encodes packets to the client.
    fn bytes(&mut self, packets: Vec<Packet>) -> Vec<u8> {
        let mut bytes = Vec::new();
        for packet in packets {
            for output in self.connection.send(packet) {
                if let Output::RequestSendPacket { packet, .. } = output {
                    bytes.extend(packet.to_continuous_buffer());
                }
            }
        }
        bytes
    }
}

fn connack(code: ConnectReasonCode) -> Packet {
    Connack::builder()
        .session_present(false)
        .reason_code(code)
        .build()
        .unwrap()
        .into()
}

fn publish(topic: &str, payload: &[u8]) -> Packet {
    Publish::builder()
        .topic_name(topic)
        .unwrap()
        .payload(payload)
        .build()
        .unwrap()
        .into()
}

fn connected() -> (Codec, Server) {
    let (mut codec, mut server) = (Codec::new(connect()), Server::new());
    codec.tick(Duration::ZERO);
    codec.open();
    assert_eq!(server.packets(&mut codec).len(), 1);
    codec.receive(&server.bytes(vec![connack(ConnectReasonCode::Success)]));
    assert_eq!(codec.take_event(), Some(Event::Connected));
    (codec, server)
}

fn events(codec: &mut Codec) -> Vec<Event> {
    core::iter::from_fn(|| codec.take_event()).collect()
}

fn check_closed(codec: &mut Codec, words: &str) {
    assert!(codec.is_closed());
    let events = events(codec);
    let [Event::Closed { reason }] = events.as_slice() else {
        panic!("the link should report one end, not {events:?}");
    };
    assert!(reason.contains(words), "{reason}");
}

#[test]
fn connect_carries_the_credentials_and_the_will() {
    let (mut codec, mut server) = (Codec::new(connect()), Server::new());
    codec.open();
    let packets = server.packets(&mut codec);
    let [Packet::V5_0Connect(packet)] = packets.as_slice() else {
        panic!("{packets:?}");
    };
    assert_eq!(packet.client_id(), "client");
    assert_eq!(packet.user_name(), Some("player"));
    assert_eq!(packet.password(), Some(b"token".as_slice()));
    assert_eq!(packet.will_topic(), Some("will"));
    assert_eq!(packet.will_payload(), Some([1, 2, 3].as_slice()));
    assert!(packet.clean_start() && !packet.will_retain());
    assert_eq!(u64::from(packet.keep_alive()), KEEP_ALIVE.as_secs());
}

#[test]
fn requests_before_the_connection_is_accepted_are_sent_after_it() {
    let (mut codec, mut server) = (Codec::new(connect()), Server::new());
    codec.subscribe(&["a"]);
    codec.publish("b", b"x", Qos::AtMostOnce, false);
    codec.open();
    assert_eq!(server.packets(&mut codec).len(), 1);
    codec.receive(&server.bytes(vec![connack(ConnectReasonCode::Success)]));
    let packets = server.packets(&mut codec);
    assert!(matches!(
        packets.as_slice(),
        [Packet::V5_0Subscribe(_), Packet::V5_0Publish(_)]
    ));
}

#[test]
fn subscriptions_are_split_into_packets_and_each_topic_is_answered() {
    let (mut codec, mut server) = connected();
    let topics: Vec<String> = (0..10).map(|i| format!("t{i}")).collect();
    codec.subscribe(&topics.iter().map(String::as_str).collect::<Vec<_>>());
    let packets = server.packets(&mut codec);
    assert_eq!(packets.len(), 2);
    // The broker answers in reverse order.
    for packet in packets.iter().rev() {
        let Packet::V5_0Subscribe(packet) = packet else {
            panic!("{packet:?}");
        };
        let codes = packet
            .entries()
            .iter()
            .map(|entry| match entry.topic_filter() {
                "t3" => SubackReasonCode::NotAuthorized,
                _ => SubackReasonCode::GrantedQos1,
            });
        let answer = Suback::builder()
            .packet_id(packet.packet_id())
            .reason_codes(codes.collect())
            .build()
            .unwrap();
        codec.receive(&server.bytes(vec![answer.into()]));
    }
    let events = events(&mut codec);
    assert_eq!(events.len(), 10);
    for topic in topics {
        let expected = match topic.as_str() {
            "t3" => Event::Refused { topic },
            _ => Event::Subscribed { topic },
        };
        assert!(events.contains(&expected), "{expected:?}");
    }
}

#[test]
fn unsubscribe_lists_the_topics() {
    let (mut codec, mut server) = connected();
    codec.unsubscribe(&["a", "b"]);
    let packets = server.packets(&mut codec);
    let [Packet::V5_0Unsubscribe(packet)] = packets.as_slice() else {
        panic!("{packets:?}");
    };
    let topics: Vec<_> = packet.entries().iter().map(MqttString::as_str).collect();
    assert_eq!(topics, ["a", "b"]);
}

#[test]
fn packets_are_decoded_from_chunks_of_any_size() {
    let payloads: [&[u8]; 3] = [b"", b"abc", &[7; 5000]];
    for size in [1, 2, 7, 100_000] {
        let (mut codec, mut server) = connected();
        let packets = payloads.map(|payload| publish("t", payload)).to_vec();
        for part in server.bytes(packets).chunks(size) {
            codec.receive(part);
        }
        let expected = payloads.map(|payload| Event::Message {
            topic: "t".into(),
            payload: payload.into(),
        });
        assert_eq!(events(&mut codec), expected);
    }
}

#[test]
fn qos_1_messages_are_acknowledged_in_both_directions() {
    let (mut codec, mut server) = connected();
    codec.publish("t", b"x", Qos::AtLeastOnce, true);
    let packets = server.packets(&mut codec);
    let [Packet::V5_0Publish(sent)] = packets.as_slice() else {
        panic!("{packets:?}");
    };
    assert!(sent.retain());
    let answer = Puback::builder()
        .packet_id(sent.packet_id().unwrap())
        .build()
        .unwrap();
    codec.receive(&server.bytes(vec![answer.into()]));

    let id = server.connection.acquire_packet_id().unwrap();
    let message = Publish::builder()
        .topic_name("t")
        .unwrap()
        .qos(PacketQos::AtLeastOnce)
        .packet_id(id)
        .build()
        .unwrap();
    codec.receive(&server.bytes(vec![message.into()]));
    assert_eq!(events(&mut codec).len(), 1);
    assert!(matches!(
        server.packets(&mut codec).as_slice(),
        [Packet::V5_0Puback(_)]
    ));
}

#[test]
fn a_refused_connect_and_a_disconnect_close_the_link_with_a_description() {
    let (mut codec, mut server) = (Codec::new(connect()), Server::new());
    codec.open();
    server.packets(&mut codec);
    codec.receive(&server.bytes(vec![connack(ConnectReasonCode::BadUserNameOrPassword)]));
    check_closed(&mut codec, "refused the ticket");

    let (mut codec, mut server) = connected();
    let disconnect = Disconnect::builder()
        .reason_code(DisconnectReasonCode::SessionTakenOver)
        .build()
        .unwrap();
    codec.receive(&server.bytes(vec![disconnect.into()]));
    check_closed(&mut codec, "another client");
}

#[test]
fn close_sends_disconnect_and_nothing_is_sent_or_reported_after_it() {
    let (mut codec, mut server) = connected();
    codec.close();
    codec.publish("t", b"x", Qos::AtLeastOnce, false);
    codec.receive(&[0x30, 3, 0, 1, b't']);
    codec.fail("the socket closed".into());
    assert!(matches!(
        server.packets(&mut codec).as_slice(),
        [Packet::V5_0Disconnect(_)]
    ));
    check_closed(&mut codec, CLOSED_HERE);
}

#[test]
fn an_idle_link_pings_and_closes_if_the_broker_does_not_answer() {
    let (mut codec, mut server) = connected();
    let mut now = PING_INTERVAL - Duration::from_millis(1);
    codec.tick(now);
    assert_eq!(server.packets(&mut codec), []);
    now += Duration::from_millis(1);
    codec.tick(now);
    assert_eq!(server.packets(&mut codec).len(), 1);
    let pong = Pingresp::builder().build().unwrap();
    codec.receive(&server.bytes(vec![pong.into()]));
    now += PING_INTERVAL;
    codec.tick(now);
    assert_eq!(server.packets(&mut codec).len(), 1, "the ping is repeated");

    // Time during which this program was suspended does not count.
    now += ANSWER_TIMEOUT * 3;
    codec.tick(now);
    assert!(!codec.is_closed());
    for _ in 0..ANSWER_TIMEOUT.as_secs() + 1 {
        now += MAX_TICK_GAP;
        codec.tick(now);
    }
    check_closed(&mut codec, "does not answer");
}

#[test]
fn the_link_closes_if_the_broker_does_not_accept_in_time() {
    let mut codec = Codec::new(connect());
    codec.open();
    for second in 0..=ANSWER_TIMEOUT.as_secs() {
        assert!(!codec.is_closed());
        codec.tick(Duration::from_secs(second));
    }
    check_closed(&mut codec, "does not answer");
}

#[test]
fn an_accepted_link_stays_open_even_if_its_first_tick_is_late() {
    let (mut codec, mut server) = (Codec::new(connect()), Server::new());
    codec.open();
    server.packets(&mut codec);
    codec.receive(&server.bytes(vec![connack(ConnectReasonCode::Success)]));
    codec.tick(ANSWER_TIMEOUT * 2);
    codec.tick(ANSWER_TIMEOUT * 2 + MAX_TICK_GAP);
    codec.tick(ANSWER_TIMEOUT * 4);
    assert!(!codec.is_closed());
}

#[test]
fn a_packet_larger_than_the_limit_closes_the_link() {
    let (mut codec, _) = connected();
    codec.receive(&[0x30, 0xff, 0xff, 0xff, 0x7f]);
    check_closed(&mut codec, "larger");
}

#[test]
fn messages_beyond_the_capacity_are_dropped_and_counted() {
    let mut codec = Codec::new(connect());
    for _ in 0..=CAPACITY {
        codec.publish("t", b"x", Qos::AtMostOnce, false);
    }
    codec.count_dropped();
    assert_eq!(codec.dropped(), 2);
    codec.subscribe(&["t"]);
    check_closed(&mut codec, "too many");
}

proptest! {
    #[test]
    fn decoding_never_panics(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        tail in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let (mut codec, mut server) = (Codec::new(connect()), Server::new());
        codec.open();
        server.packets(&mut codec);
        let mut bytes = server.bytes(vec![
            connack(ConnectReasonCode::Success),
            publish("topic", b"payload"),
        ]);
        for (index, value) in edits {
            let at = index.index(bytes.len());
            bytes[at] = value;
        }
        bytes.extend(tail);
        codec.receive(&bytes);
    }
}
