//! Counters of the messages and payload bytes on a link.
//!
//! Non-goals: subscriptions and MQTT's own packets are not counted.

use serde::Serialize;

use link::{Link, Qos};

/// The messages and payload bytes over all links of a peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// Messages received.
    pub messages_in: u64,
    /// Messages published.
    pub messages_out: u64,
    /// Payload bytes received.
    pub bytes_in: u64,
    /// Payload bytes published.
    pub bytes_out: u64,
}

impl Traffic {
    /// The difference to an `earlier` count.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self {
            messages_in: self.messages_in.saturating_sub(earlier.messages_in),
            messages_out: self.messages_out.saturating_sub(earlier.messages_out),
            bytes_in: self.bytes_in.saturating_sub(earlier.bytes_in),
            bytes_out: self.bytes_out.saturating_sub(earlier.bytes_out),
        }
    }

    /// Counts a received payload.
    pub(super) const fn receive(&mut self, payload: &[u8]) {
        self.messages_in += 1;
        self.bytes_in += payload.len() as u64;
    }

    /// Publishes on `link` and counts the payload.
    pub(super) fn publish(
        &mut self,
        link: &mut impl Link,
        topic: &str,
        payload: &[u8],
        qos: Qos,
        retain: bool,
    ) {
        self.messages_out += 1;
        self.bytes_out += payload.len() as u64;
        link.publish(topic, payload, qos, retain);
    }
}
