//! A wrapper around any [`Link`] that adds simulated network conditions.
//!
//! Its clock is the `now` of [`Link::poll`]: delayed requests are sent and delayed events are
//! reported when the link is polled.
//!
//! Non-goals: a faulty broker; of [`Conditions`], `drop`, `duplicate` and `unordered` are ignored.

use core::time::Duration;
use std::collections::VecDeque;

#[cfg(all(feature = "socket", not(target_arch = "wasm32")))]
use super::Socket;
use super::conditions::Lane;
use super::request::Request;
use super::{Conditions, Event, Link, Qos};
use rng::Rng;

/// A link whose requests and events are delayed, and keep their order.
///
/// Calls are forwarded at once if the conditions delay nothing, and before the first poll, when no
/// time is known and nothing is connected yet. [`close`](Link::close) first forwards all delayed
/// requests and then takes effect at once.
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
    /// The time of the last poll.
    now: Option<Duration>,
}

impl Request {
    fn send(self, link: &mut impl Link) {
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
    /// Adds `conditions` to `link`; the same seed gives the same delays.
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

    /// Delays a request; `false` if the caller must forward it now.
    fn delay(&mut self, request: impl FnOnce() -> Request) -> bool {
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
    /// Sends the requests that are due and queues the events of the link.
    fn exchange(&mut self, link: &mut impl Link, now: Duration) {
        self.now = Some(now);
        while let Some(request) = take_due(&mut self.outgoing, now) {
            request.send(link);
        }
        while let Some(event) = link.poll(now) {
            let at = self.down.arrival(now, &self.conditions, false);
            self.incoming.push_back((at, event));
        }
    }

    /// The time from the last poll until the next request or event is due.
    #[cfg(all(any(test, feature = "socket"), not(target_arch = "wasm32")))]
    fn until_due(&self) -> Option<Duration> {
        let heads = [
            self.outgoing.front().map(|(at, _)| *at),
            self.incoming.front().map(|(at, _)| *at),
        ];
        let next = heads.into_iter().flatten().min()?;
        Some(next.saturating_sub(self.now?))
    }
}

fn take_due<T>(delayed: &mut VecDeque<(Duration, T)>, now: Duration) -> Option<T> {
    delayed
        .pop_front_if(|(at, _)| *at <= now)
        .map(|(_, item)| item)
}

impl<L: Link> Link for Impaired<L> {
    fn poll(&mut self, now: Duration) -> Option<Event> {
        let Some(network) = &mut self.network else {
            return self.link.poll(now);
        };
        network.exchange(&mut self.link, now);
        take_due(&mut network.incoming, now)
    }

    fn subscribe(&mut self, topics: &[&str]) {
        if !self.delay(|| Request::Subscribe(owned(topics))) {
            self.link.subscribe(topics);
        }
    }

    fn unsubscribe(&mut self, topics: &[&str]) {
        if !self.delay(|| Request::Unsubscribe(owned(topics))) {
            self.link.unsubscribe(topics);
        }
    }

    fn publish(&mut self, topic: &str, payload: &[u8], qos: Qos, retain: bool) {
        let delayed = self.delay(|| Request::Publish {
            topic: topic.into(),
            payload: payload.into(),
            qos,
            retain,
        });
        if !delayed {
            self.link.publish(topic, payload, qos, retain);
        }
    }

    fn close(&mut self) {
        if let Some(network) = self.network.take() {
            for (_, request) in network.outgoing {
                request.send(&mut self.link);
            }
        }
        self.link.close();
    }
}

#[cfg(all(feature = "socket", not(target_arch = "wasm32")))]
impl Impaired<Socket> {
    /// Blocks until there is an event or a delayed request to process, or `timeout` has passed. Call
    /// it right after a poll.
    pub fn wait(&self, timeout: Duration) {
        let until_due = self
            .network
            .as_ref()
            .and_then(|network| network.until_due());
        self.link
            .wait(until_due.map_or(timeout, |due| due.min(timeout)));
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// A link with at most one event.
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
    fn a_wait_ends_when_the_first_delayed_item_is_due() {
        let mut conditions = Conditions::PERFECT;
        conditions.latency = ms(100);
        let mut link = Impaired::new(OneEvent(false), conditions, 1);
        let until_due = |link: &Impaired<OneEvent>| link.network.as_ref().unwrap().until_due();
        assert_eq!(link.poll(ms(1000)), None);
        assert_eq!(until_due(&link), None);
        link.publish("t", b"x", Qos::AtMostOnce, false);
        assert_eq!(until_due(&link), Some(ms(100)));
        link.link.0 = true;
        assert_eq!(link.poll(ms(1030)), None);
        assert_eq!(until_due(&link), Some(ms(70)));
        assert_eq!(link.poll(ms(1110)), None);
        assert_eq!(until_due(&link), Some(ms(20)));
        assert_eq!(link.poll(ms(1130)), Some(Event::Connected));
        assert_eq!(until_due(&link), None);
    }
}
