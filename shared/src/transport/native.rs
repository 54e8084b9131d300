//! The native link.

use core::time::Duration;

use super::{Connect, Event, Link, Qos, TransportError};

/// A native connection to the broker.
#[derive(Debug)]
pub struct Socket {}

impl Socket {
    /// Starts to connect.
    ///
    /// # Errors
    ///
    /// The address is absent or malformed.
    pub fn open(connect: Connect) -> Result<Self, TransportError> {
        let _ = connect;
        Ok(Self {})
    }
}

impl Link for Socket {
    fn poll(&mut self, _now: Duration) -> Option<Event> {
        None
    }

    fn subscribe(&mut self, _topics: &[&str]) {}

    fn unsubscribe(&mut self, _topics: &[&str]) {}

    fn publish(&mut self, _topic: &str, _payload: &[u8], _qos: Qos, _retain: bool) {}

    fn close(&mut self) {}
}
