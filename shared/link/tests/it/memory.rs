//! Tests of the in-process broker: MQTT's rules, and reproducibility.

use core::time::Duration;

use link::memory::{Access, Broker, Conditions, Socket};
use link::{Connect, Event, KEEP_ALIVE, Link, Qos, Will};

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn connect(client_id: &str) -> Connect {
    Connect {
        client_id: client_id.into(),
        ..Connect::default()
    }
}

fn connect_with_will(client_id: &str, topic: &str) -> Connect {
    let will = Some(Will {
        topic: topic.into(),
        payload: b"gone".into(),
    });
    Connect {
        will,
        ..connect(client_id)
    }
}

fn perfect() -> Broker {
    Broker::new(1, Conditions::PERFECT)
}

/// A connected client that is subscribed to `topics`.
fn reader(broker: &Broker, client_id: &str, topics: &[&str]) -> Socket {
    let mut socket = broker.connect(&connect(client_id), broker.now());
    socket.subscribe(topics);
    broker.advance(broker.now());
    assert_eq!(socket.poll(broker.now()), Some(Event::Connected));
    for &topic in topics {
        let topic = topic.into();
        assert_eq!(socket.poll(broker.now()), Some(Event::Subscribed { topic }));
    }
    socket
}

fn events(socket: &mut Socket) -> Vec<Event> {
    core::iter::from_fn(|| socket.poll(Duration::ZERO)).collect()
}

fn message(topic: &str, payload: &[u8]) -> Event {
    Event::Message {
        topic: topic.into(),
        payload: payload.into(),
    }
}

fn closed(events: &[Event]) -> &str {
    match events.last() {
        Some(Event::Closed { reason }) => reason,
        other => panic!("the link should have closed, but its last event is {other:?}"),
    }
}

#[test]
fn a_message_reaches_the_subscribers_of_its_exact_topic() {
    let broker = perfect();
    let mut here = reader(&broker, "here", &["a/b"]);
    let mut there = reader(&broker, "there", &["a/c"]);
    let mut writer = reader(&broker, "writer", &[]);
    writer.publish("a/b", b"hi", Qos::AtMostOnce, false);
    broker.advance(broker.now());
    assert_eq!(events(&mut here), [message("a/b", b"hi")]);
    assert_eq!(events(&mut there), []);

    here.unsubscribe(&["a/b"]);
    writer.publish("a/b", b"hi", Qos::AtLeastOnce, false);
    broker.advance(broker.now());
    assert_eq!(events(&mut here), []);
}

#[test]
fn wildcards_are_refused() {
    let broker = perfect();
    let mut socket = reader(&broker, "x", &[]);
    socket.subscribe(&["a/+", "#", "a"]);
    broker.advance(broker.now());
    let refused = |topic: &str| Event::Refused {
        topic: topic.into(),
    };
    let topic = "a".into();
    assert_eq!(
        events(&mut socket),
        [refused("a/+"), refused("#"), Event::Subscribed { topic }]
    );
}

#[test]
fn a_new_subscriber_receives_the_retained_message_and_an_empty_one_clears_it() {
    let broker = perfect();
    let mut writer = reader(&broker, "writer", &[]);
    writer.publish("k", b"old", Qos::AtMostOnce, true);
    writer.publish("k", b"new", Qos::AtMostOnce, true);
    broker.advance(broker.now());
    let mut late = reader(&broker, "late", &["k"]);
    assert_eq!(events(&mut late), [message("k", b"new")]);

    writer.publish("k", b"", Qos::AtMostOnce, true);
    broker.advance(broker.now());
    assert_eq!(broker.retained("k"), None);
    assert_eq!(events(&mut reader(&broker, "later", &["k"])), []);
}

#[test]
fn a_will_is_published_when_its_client_vanishes_but_not_after_disconnect() {
    let check = |end: fn(&Broker, &mut Option<Socket>), published: bool| {
        let broker = perfect();
        let mut observer = reader(&broker, "observer", &["w"]);
        let mut host = Some(broker.connect(&connect_with_will("host", "w"), broker.now()));
        broker.advance(broker.now());
        end(&broker, &mut host);
        broker.advance(broker.now());
        let expected: &[Event] = if published {
            &[message("w", b"gone")]
        } else {
            &[]
        };
        assert_eq!(events(&mut observer), expected);
    };
    check(|_, host| drop(host.take()), true);
    check(|broker, _| broker.kill("host"), true);
    check(|broker, _| broker.stall("host", KEEP_ALIVE * 2), false);
    check(
        |_, host| host.as_mut().into_iter().for_each(Link::close),
        false,
    );
}

#[test]
fn messages_sent_before_a_client_vanishes_arrive_before_its_will() {
    let broker = perfect();
    let mut observer = reader(&broker, "observer", &["w"]);
    let mut host = broker.connect(&connect_with_will("host", "w"), broker.now());
    host.publish("w", b"last words", Qos::AtMostOnce, false);
    drop(host);
    broker.advance(broker.now());
    assert_eq!(
        events(&mut observer),
        [message("w", b"last words"), message("w", b"gone")]
    );
}

#[test]
fn a_client_that_exceeds_the_keep_alive_has_its_will_published() {
    let broker = perfect();
    let mut observer = reader(&broker, "observer", &["w"]);
    let mut host = broker.connect(&connect_with_will("host", "w"), broker.now());
    broker.advance(ms(1000));
    broker.stall("host", KEEP_ALIVE * 2);
    broker.advance(ms(1000) + KEEP_ALIVE * 3 / 2 - ms(1));
    assert_eq!(events(&mut observer), []);
    broker.advance(ms(1000) + KEEP_ALIVE * 3 / 2);
    assert_eq!(events(&mut observer), [message("w", b"gone")]);
    broker.advance(ms(1000) + KEEP_ALIVE * 2);
    assert!(closed(&events(&mut host)).contains("too long"));
}

#[test]
fn a_second_connection_with_the_same_client_id_ends_the_first() {
    let broker = perfect();
    let mut observer = reader(&broker, "observer", &["w"]);
    let mut first = broker.connect(&connect_with_will("same", "w"), broker.now());
    broker.advance(broker.now());
    let mut second = reader(&broker, "same", &["w"]);
    assert!(closed(&events(&mut first)).contains("another client"));
    assert_eq!(events(&mut observer), [message("w", b"gone")]);
    drop(first);
    broker.advance(ms(10));
    assert_eq!(broker.traffic("same").received_messages, 0);
    second.publish("w", b"still here", Qos::AtMostOnce, false);
    broker.advance(ms(10));
    assert_eq!(events(&mut second), [message("w", b"still here")]);
}

#[test]
fn nothing_is_reported_after_closed() {
    let broker = perfect();
    let mut socket = reader(&broker, "x", &["t"]);
    broker.publish("t", b"1", false);
    socket.close();
    broker.publish("t", b"2", false);
    broker.advance(ms(10));
    let events = events(&mut socket);
    assert!(closed(&events).contains("closed by this client"));
    assert_eq!(events.len(), 1);
}

#[test]
fn grants_apply_to_publishes_subscriptions_and_wills() {
    let broker = perfect();
    broker.set_grants(|client_id, access, topic| match access {
        Access::Publish => topic == client_id,
        Access::Subscribe => topic != "secret",
    });
    let mut socket = reader(&broker, "me", &["me", "other"]);
    socket.subscribe(&["secret"]);
    socket.publish("me", b"1", Qos::AtLeastOnce, false);
    socket.publish("other", b"2", Qos::AtLeastOnce, false);
    broker.advance(broker.now());
    let topic = "secret".into();
    assert_eq!(
        events(&mut socket),
        [Event::Refused { topic }, message("me", b"1")]
    );
    assert_eq!(broker.traffic("me").forbidden, 1);

    let mut intruder = broker.connect(&connect_with_will("intruder", "me"), broker.now());
    broker.advance(broker.now());
    assert!(closed(&events(&mut intruder)).contains("does not allow"));
    drop(intruder);
    broker.advance(broker.now());
    assert_eq!(events(&mut socket), []);
}

const ROUGH: Conditions = Conditions {
    latency: ms(40),
    jitter: ms(30),
    loss: 0.05,
    ..Conditions::PERFECT
};

/// The arrival time in milliseconds and the number of each received message, of 200 sent every
/// 10 ms.
fn arrivals(seed: u64, conditions: Conditions) -> Vec<(u64, u8)> {
    let broker = Broker::new(seed, Conditions::PERFECT);
    let mut reader = reader(&broker, "reader", &["t"]);
    let mut writer = broker.connect(&connect("writer"), broker.now());
    broker.set_conditions("reader", conditions);
    let mut arrived = Vec::new();
    for step in 0..5000 {
        broker.advance(ms(step));
        if step % 10 == 0 && step < 2000 {
            let number = (step / 10) as u8;
            writer.publish("t", &[number], Qos::AtMostOnce, false);
        }
        for event in events(&mut reader) {
            if let Event::Message { payload, .. } = event {
                arrived.push((step, payload[0]));
            }
        }
    }
    arrived
}

#[test]
fn equal_seeds_give_equal_arrival_times() {
    assert_eq!(arrivals(7, ROUGH), arrivals(7, ROUGH));
    assert_ne!(arrivals(7, ROUGH), arrivals(8, ROUGH));
}

#[test]
fn messages_are_delayed_but_not_lost_or_reordered() {
    let arrived = arrivals(3, ROUGH);
    let numbers: Vec<u8> = arrived.iter().map(|&(_, number)| number).collect();
    assert_eq!(numbers, (0..200).collect::<Vec<u8>>());
    let delays = arrived
        .iter()
        .map(|&(at, number)| at - 10 * u64::from(number));
    assert!(delays.clone().all(|delay| delay >= 40));
    assert!(delays.max() >= Some(240), "a retransmission should show");
}

#[test]
fn a_broker_can_drop_duplicate_and_reorder_qos_0_messages() {
    let faulty = Conditions {
        latency: ms(10),
        jitter: ms(50),
        drop: 0.1,
        duplicate: 0.1,
        unordered: true,
        ..Conditions::PERFECT
    };
    let numbers: Vec<u8> = arrivals(3, faulty)
        .into_iter()
        .map(|(_, number)| number)
        .collect();
    assert!(!numbers.is_sorted());
    let copies = |number| numbers.iter().filter(|&&other| other == number).count();
    assert!((0..200).any(|number| copies(number) == 0));
    assert!((0..200).any(|number| copies(number) == 2));
}

#[test]
fn a_stall_delays_both_directions_and_then_delivers_in_order() {
    let broker = perfect();
    let mut a = reader(&broker, "a", &["to-a"]);
    let mut b = reader(&broker, "b", &["to-b"]);
    broker.stall("a", ms(500));
    a.publish("to-b", b"1", Qos::AtMostOnce, false);
    a.publish("to-b", b"2", Qos::AtMostOnce, false);
    b.publish("to-a", b"3", Qos::AtMostOnce, false);
    broker.advance(ms(499));
    assert_eq!((events(&mut a), events(&mut b)), (vec![], vec![]));
    broker.advance(ms(500));
    assert_eq!(events(&mut a), [message("to-a", b"3")]);
    assert_eq!(
        events(&mut b),
        [message("to-b", b"1"), message("to-b", b"2")]
    );
}

#[test]
fn messages_for_a_client_that_does_not_poll_are_dropped_beyond_the_capacity() {
    let broker = perfect();
    let _reader = reader(&broker, "reader", &["t"]);
    for _ in 0..2000 {
        broker.publish("t", b"x", false);
        broker.advance(broker.now());
    }
    let traffic = broker.traffic("reader");
    assert!(traffic.dropped > 0);
    assert_eq!(traffic.received_messages + traffic.dropped, 2000);
}

#[test]
fn traffic_counts_messages_and_payload_bytes() {
    let broker = perfect();
    let mut socket = reader(&broker, "x", &["t"]);
    socket.publish("t", b"12345", Qos::AtMostOnce, false);
    broker.advance(broker.now());
    let traffic = broker.traffic("x");
    assert_eq!((traffic.sent_messages, traffic.sent_bytes), (1, 5));
    assert_eq!((traffic.received_messages, traffic.received_bytes), (1, 5));
}
