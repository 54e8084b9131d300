//! Tests of [`Impaired`]: delays, order and reproducibility.

use core::time::Duration;

use link::memory::{Broker, Socket};
use link::{Conditions, Connect, Event, Impaired, Link, Qos};

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

const ROUGH: Conditions = Conditions {
    latency: ms(40),
    jitter: ms(30),
    loss: 0.05,
    stall: ms(500),
    ..Conditions::PERFECT
};

/// The number of messages in each direction, one every 10 ms.
const COUNT: u64 = 1000;

fn connect(broker: &Broker, client_id: &str) -> Socket {
    let connect = Connect {
        client_id: client_id.into(),
        ..Connect::default()
    };
    broker.connect(&connect, broker.now())
}

/// A client with `conditions` and one without delays, each subscribed to its own name.
fn pair(conditions: Conditions, seed: u64) -> (Broker, Impaired<Socket>, Impaired<Socket>) {
    let broker = Broker::new(1, Conditions::PERFECT);
    let open = |name, conditions| {
        let mut link = Impaired::new(connect(&broker, name), conditions, seed);
        link.subscribe(&[name]);
        link
    };
    let (bad, good) = (open("bad", conditions), open("good", Conditions::PERFECT));
    broker.advance(ms(0));
    (broker, bad, good)
}

/// Polls the link and returns the numbers of the received messages.
fn numbers(link: &mut impl Link, now: Duration) -> Vec<u64> {
    core::iter::from_fn(|| link.poll(now))
        .filter_map(|event| match event {
            Event::Message { payload, .. } => Some(u64::from_le_bytes(payload.try_into().ok()?)),
            _ => None,
        })
        .collect()
}

fn send(link: &mut impl Link, to: &str, number: u64) {
    link.publish(to, &number.to_le_bytes(), Qos::AtMostOnce, false);
}

/// For each direction, bad to good and back: each message's arrival time in milliseconds and its
/// number.
fn arrivals(conditions: Conditions, seed: u64) -> [Vec<(u64, u64)>; 2] {
    let (broker, mut bad, mut good) = pair(conditions, seed);
    let mut arrived = [Vec::new(), Vec::new()];
    for step in 0..COUNT * 10 + 5000 {
        let now = ms(step);
        let at = |number| (step, number);
        // The good link is polled last, so that it receives what the bad one sends in this step.
        arrived[1].extend(numbers(&mut bad, now).into_iter().map(at));
        if step % 10 == 0 && step / 10 < COUNT {
            send(&mut bad, "good", step / 10);
            send(&mut good, "bad", step / 10);
        }
        broker.advance(now);
        arrived[0].extend(numbers(&mut good, now).into_iter().map(at));
    }
    arrived
}

#[test]
fn latency_delays_each_direction() {
    let latency = Conditions {
        latency: ms(60),
        ..Conditions::PERFECT
    };
    for direction in arrivals(latency, 1) {
        assert_eq!(direction.len() as u64, COUNT);
        for (at, number) in direction {
            let delay = at - 10 * number;
            assert!(
                (60..=61).contains(&delay),
                "message {number} took {delay} ms"
            );
        }
    }
}

#[test]
fn messages_are_delayed_but_not_lost_or_reordered() {
    for direction in arrivals(ROUGH, 3) {
        let numbers: Vec<u64> = direction.iter().map(|&(_, number)| number).collect();
        assert_eq!(numbers, (0..COUNT).collect::<Vec<_>>());
        let delays = direction.iter().map(|&(at, number)| at - 10 * number);
        assert!(delays.clone().all(|delay| delay >= 40));
        let delayed = |length| delays.clone().filter(|&delay| delay >= length).count();
        assert!(delayed(240) >= 10, "retransmissions should show");
        assert!(delayed(400) >= 5, "a stall should show");
    }
}

#[test]
fn a_stall_affects_both_directions_at_the_same_time() {
    let stalling = Conditions {
        stall: ms(800),
        ..Conditions::PERFECT
    };
    let [up, down] = arrivals(stalling, 5).map(|direction| {
        let first = direction
            .into_iter()
            .find(|(at, number)| at - 10 * number > 700)
            .expect("a stall should delay a message");
        first.0
    });
    assert!(up.abs_diff(down) <= 1, "{up} and {down}");
}

#[test]
fn equal_seeds_give_equal_arrival_times() {
    assert_eq!(arrivals(ROUGH, 7), arrivals(ROUGH, 7));
    assert_ne!(arrivals(ROUGH, 7), arrivals(ROUGH, 8));
}

#[test]
fn perfect_conditions_add_no_delay() {
    let (broker, mut bad, mut good) = pair(Conditions::PERFECT, 1);
    assert_eq!(bad.poll(ms(0)), Some(Event::Connected));
    send(&mut bad, "good", 1);
    send(&mut good, "bad", 2);
    broker.advance(ms(0));
    assert_eq!(numbers(&mut bad, ms(0)), [2]);
    assert_eq!(numbers(&mut good, ms(0)), [1]);
}

#[test]
fn requests_are_delayed_and_keep_their_order() {
    let latency = Conditions {
        latency: ms(50),
        ..Conditions::PERFECT
    };
    let (broker, mut bad, _good) = pair(latency, 1);
    assert_eq!(
        bad.poll(ms(0)),
        None,
        "the connected event should be delayed too"
    );
    bad.unsubscribe(&["bad"]);
    bad.publish("bad", b"not received", Qos::AtLeastOnce, false);
    bad.subscribe(&["bad"]);
    send(&mut bad, "bad", 1);
    let mut arrived = Vec::new();
    for now in (0..200).map(ms) {
        broker.advance(now);
        arrived.extend(numbers(&mut bad, now));
    }
    assert_eq!(arrived, [1]);
}

#[test]
fn close_sends_all_delayed_requests_and_ends_the_link_at_once() {
    let latency = Conditions {
        latency: ms(500),
        ..Conditions::PERFECT
    };
    let (broker, mut bad, mut good) = pair(latency, 1);
    while bad.poll(ms(0)).is_some() {}
    send(&mut good, "bad", 1);
    broker.advance(ms(0));
    assert_eq!(bad.poll(ms(0)), None);
    send(&mut bad, "good", 2);
    bad.close();
    broker.advance(ms(0));
    assert_eq!(numbers(&mut good, ms(0)), [2]);
    assert!(matches!(bad.poll(ms(0)), Some(Event::Closed { .. })));
    assert_eq!(bad.poll(ms(10_000)), None);
}
