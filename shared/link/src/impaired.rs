//! A link over a worse network than it has: holds back what goes in and out.
//!
//! It has no clock but the `now` of [`Link::poll`]: what is held goes out and comes in when the
//! link is polled. It models the network and not the broker: of [`Conditions`], `drop`,
//! `duplicate` and `unordered` mean nothing to it.

use core::time::Duration;
use std::collections::VecDeque;

#[cfg(not(target_arch = "wasm32"))]
use super::Socket;
use super::conditions::Lane;
use super::{Conditions, Event, Link, Qos};
use rng::Rng;

/// A link whose traffic is delayed, jittered and stalled, and keeps its order.
///
/// Under conditions that delay nothing it adds nothing: each call goes straight through.
/// What is asked for before the first poll also does, since no time is known and nothing is
/// connected yet; and so does [`close`](Link::close), along with all that was to go out before.
pub struct Impaired<L> {
    link: L,
    network: Option<Box<Network>>,
}

struct Network {
    conditions: Conditions,
    up: Lane,
    down: Lane,
    outgoing: VecDeque<(Duration, Request)>,
    incoming: VecDeque<(Duration, Event)>,
    /// That of the last poll.
    now: Option<Duration>,
}

enum Request {
    Subscribe(Vec<String>),
    Unsubscribe(Vec<String>),
    Publish {
        topic: String,
        payload: Vec<u8>,
        qos: Qos,
        retain: bool,
    },
}

impl Request {
    fn carry_out(self, link: &mut impl Link) {
        match self {
            Self::Subscribe(topics) => link.subscribe(&borrowed(&topics)),
            Self::Unsubscribe(topics) => link.unsubscribe(&borrowed(&topics)),
            Self::Publish {
                topic,
                payload,
                qos,
                retain,
            } => link.publish(&topic, &payload, qos, retain),
        }
    }
}

fn borrowed(topics: &[String]) -> Vec<&str> {
    topics.iter().map(String::as_str).collect()
}

fn owned(topics: &[&str]) -> Vec<String> {
    topics.iter().map(|&topic| topic.into()).collect()
}

impl<L: Link> Impaired<L> {
    /// Puts `link` under `conditions`; the same seed gives the same delays.
    pub fn new(link: L, conditions: Conditions, seed: u64) -> Self {
        let network = conditions.delays().then(|| {
            let (up, down) = Lane::pair(&mut Rng::new(seed));
            Box::new(Network {
                conditions,
                up,
                down,
                outgoing: VecDeque::new(),
                incoming: VecDeque::new(),
                now: None,
            })
        });
        Self { link, network }
    }

    /// Holds a request back; `false` if it is to go straight through.
    fn hold(&mut self, request: impl FnOnce() -> Request) -> bool {
        let Some(network) = &mut self.network else {
            return false;
        };
        let Some(now) = network.now else {
            return false;
        };
        let at = network.up.arrival(now, &network.conditions, false);
        network.outgoing.push_back((at, request()));
        true
    }
}

impl Network {
    /// Moves what is due from one side to the other.
    fn pass(&mut self, link: &mut impl Link, now: Duration) {
        self.now = Some(now);
        while let Some(request) = take_due(&mut self.outgoing, now) {
            request.carry_out(link);
        }
        while let Some(event) = link.poll(now) {
            let at = self.down.arrival(now, &self.conditions, false);
            self.incoming.push_back((at, event));
        }
    }

    /// How long after the last poll something that is held is due.
    #[cfg(not(target_arch = "wasm32"))]
    fn rest(&self) -> Option<Duration> {
        let heads = [
            self.outgoing.front().map(|(at, _)| *at),
            self.incoming.front().map(|(at, _)| *at),
        ];
        let next = heads.into_iter().flatten().min()?;
        Some(next.saturating_sub(self.now?))
    }
}

fn take_due<T>(held: &mut VecDeque<(Duration, T)>, now: Duration) -> Option<T> {
    held.pop_front_if(|(at, _)| *at <= now)
        .map(|(_, item)| item)
}

impl<L: Link> Link for Impaired<L> {
    fn poll(&mut self, now: Duration) -> Option<Event> {
        let Some(network) = &mut self.network else {
            return self.link.poll(now);
        };
        network.pass(&mut self.link, now);
        take_due(&mut network.incoming, now)
    }

    fn subscribe(&mut self, topics: &[&str]) {
        if !self.hold(|| Request::Subscribe(owned(topics))) {
            self.link.subscribe(topics);
        }
    }

    fn unsubscribe(&mut self, topics: &[&str]) {
        if !self.hold(|| Request::Unsubscribe(owned(topics))) {
            self.link.unsubscribe(topics);
        }
    }

    fn publish(&mut self, topic: &str, payload: &[u8], qos: Qos, retain: bool) {
        let held = self.hold(|| Request::Publish {
            topic: topic.into(),
            payload: payload.into(),
            qos,
            retain,
        });
        if !held {
            self.link.publish(topic, payload, qos, retain);
        }
    }

    fn close(&mut self) {
        if let Some(network) = self.network.take() {
            for (_, request) in network.outgoing {
                request.carry_out(&mut self.link);
            }
        }
        self.link.close();
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Impaired<Socket> {
    /// Blocks until a poll has something to do, or `timeout` has passed; to be called right after
    /// a poll.
    pub fn wait(&self, timeout: Duration) {
        let rest = self.network.as_ref().and_then(|network| network.rest());
        self.link
            .wait(rest.map_or(timeout, |rest| rest.min(timeout)));
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// Has one event to give.
    struct OneEvent(bool);

    impl Link for OneEvent {
        fn poll(&mut self, _now: Duration) -> Option<Event> {
            core::mem::take(&mut self.0).then_some(Event::Connected)
        }
        fn subscribe(&mut self, _topics: &[&str]) {}
        fn unsubscribe(&mut self, _topics: &[&str]) {}
        fn publish(&mut self, _topic: &str, _payload: &[u8], _qos: Qos, _retain: bool) {}
        fn close(&mut self) {}
    }

    #[test]
    fn a_wait_ends_when_the_first_thing_that_is_held_is_due() {
        let mut conditions = Conditions::PERFECT;
        conditions.latency = ms(100);
        let mut link = Impaired::new(OneEvent(false), conditions, 1);
        let rest = |link: &Impaired<OneEvent>| link.network.as_ref().unwrap().rest();
        assert_eq!(link.poll(ms(1000)), None);
        assert_eq!(rest(&link), None);
        link.publish("t", b"x", Qos::AtMostOnce, false);
        assert_eq!(rest(&link), Some(ms(100)));
        link.link.0 = true;
        assert_eq!(link.poll(ms(1030)), None);
        assert_eq!(rest(&link), Some(ms(70)));
        assert_eq!(link.poll(ms(1110)), None);
        assert_eq!(rest(&link), Some(ms(20)));
        assert_eq!(link.poll(ms(1130)), Some(Event::Connected));
        assert_eq!(rest(&link), None);
    }
}
