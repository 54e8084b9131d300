//! A link of any kind.

use core::time::Duration;

use link::{Event, Link, Qos};

/// A link to a broker, over a socket or in memory.
pub struct AnyLink(Box<dyn Link + Send + Sync>);

impl AnyLink {
    /// Wraps a link.
    pub fn new(link: impl Link + Send + Sync + 'static) -> Self {
        Self(Box::new(link))
    }
}

impl Link for AnyLink {
    fn poll(&mut self, now: Duration) -> Option<Event> {
        self.0.poll(now)
    }

    fn subscribe(&mut self, topics: &[&str]) {
        self.0.subscribe(topics);
    }

    fn unsubscribe(&mut self, topics: &[&str]) {
        self.0.unsubscribe(topics);
    }

    fn publish(&mut self, topic: &str, payload: &[u8], qos: Qos, retain: bool) {
        self.0.publish(topic, payload, qos, retain);
    }

    fn close(&mut self) {
        self.0.close();
    }
}
