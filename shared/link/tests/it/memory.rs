//! The in-process broker keeps the rules of MQTT that a match lives by, and its seed.

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

/// A connected client that reads `topics`.
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
fn a_message_reaches_those_who_subscribed_to_its_exact_topic() {
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
fn the_latest_retained_message_greets_a_new_subscriber_and_an_empty_one_clears_it() {
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
fn a_will_fires_when_its_client_vanishes_and_not_when_it_says_good_bye() {
    let check = |end: fn(&Broker, &mut Option<Socket>), fires: bool| {
        let broker = perfect();
        let mut heir = reader(&broker, "heir", &["w"]);
        let mut host = Some(broker.connect(&connect_with_will("host", "w"), broker.now()));
        broker.advance(broker.now());
        end(&broker, &mut host);
        broker.advance(broker.now());
        let expected: &[Event] = if fires { &[message("w", b"gone")] } else { &[] };
        assert_eq!(events(&mut heir), expected);
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
fn what_a_client_sent_before_it_vanished_still_arrives_and_before_its_will() {
    let broker = perfect();
    let mut heir = reader(&broker, "heir", &["w"]);
    let mut host = broker.connect(&connect_with_will("host", "w"), broker.now());
    host.publish("w", b"last words", Qos::AtMostOnce, false);
    drop(host);
    broker.advance(broker.now());
    assert_eq!(
        events(&mut heir),
        [message("w", b"last words"), message("w", b"gone")]
    );
}

#[test]
fn a_silence_longer_than_the_keep_alive_allows_fires_the_will() {
    let broker = perfect();
    let mut heir = reader(&broker, "heir", &["w"]);
    let mut host = broker.connect(&connect_with_will("host", "w"), broker.now());
    broker.advance(ms(1000));
    broker.stall("host", KEEP_ALIVE * 2);
    broker.advance(ms(1000) + KEEP_ALIVE * 3 / 2 - ms(1));
    assert_eq!(events(&mut heir), []);
    broker.advance(ms(1000) + KEEP_ALIVE * 3 / 2);
    assert_eq!(events(&mut heir), [message("w", b"gone")]);
    broker.advance(ms(1000) + KEEP_ALIVE * 2);
    assert!(closed(&events(&mut host)).contains("too long"));
}

#[test]
fn a_second_client_of_the_same_id_takes_over() {
    let broker = perfect();
    let mut heir = reader(&broker, "heir", &["w"]);
    let mut first = broker.connect(&connect_with_will("twin", "w"), broker.now());
    broker.advance(broker.now());
    let mut second = reader(&broker, "twin", &["w"]);
    assert!(closed(&events(&mut first)).contains("another client"));
    assert_eq!(events(&mut heir), [message("w", b"gone")]);
    drop(first);
    broker.advance(ms(10));
    assert_eq!(broker.traffic("twin").received_messages, 0);
    second.publish("w", b"still here", Qos::AtMostOnce, false);
    broker.advance(ms(10));
    assert_eq!(events(&mut second), [message("w", b"still here")]);
}

#[test]
fn nothing_is_reported_after_the_end() {
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
fn grants_bind_publishing_subscribing_and_wills() {
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

    let mut forger = broker.connect(&connect_with_will("forger", "me"), broker.now());
    broker.advance(broker.now());
    assert!(closed(&events(&mut forger)).contains("does not allow"));
    drop(forger);
    broker.advance(broker.now());
    assert_eq!(events(&mut socket), []);
}

const ROUGH: Conditions = Conditions {
    latency: ms(40),
    jitter: ms(30),
    loss: 0.05,
    ..Conditions::PERFECT
};

/// When each of 200 messages, one every 10 ms, arrives; `None` if it never does.
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
fn a_seed_repeats_itself_to_the_millisecond() {
    assert_eq!(arrivals(7, ROUGH), arrivals(7, ROUGH));
    assert_ne!(arrivals(7, ROUGH), arrivals(8, ROUGH));
}

#[test]
fn loss_delays_but_neither_loses_nor_reorders() {
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
fn a_careless_broker_drops_duplicates_and_reorders() {
    let careless = Conditions {
        latency: ms(10),
        jitter: ms(50),
        drop: 0.1,
        duplicate: 0.1,
        unordered: true,
        ..Conditions::PERFECT
    };
    let numbers: Vec<u8> = arrivals(3, careless)
        .into_iter()
        .map(|(_, number)| number)
        .collect();
    assert!(!numbers.is_sorted());
    let copies = |number| numbers.iter().filter(|&&other| other == number).count();
    assert!((0..200).any(|number| copies(number) == 0));
    assert!((0..200).any(|number| copies(number) == 2));
}

#[test]
fn a_stall_holds_both_directions_and_then_lets_all_through_in_order() {
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
fn a_reader_that_never_polls_is_dropped_from_not_waited_for() {
    let broker = perfect();
    let _lazy = reader(&broker, "lazy", &["t"]);
    for _ in 0..2000 {
        broker.publish("t", b"x", false);
        broker.advance(broker.now());
    }
    let traffic = broker.traffic("lazy");
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
