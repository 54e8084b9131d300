//! The native link: rumqttc on a thread of its own, MQTT 5 with Nagle's algorithm off, over TCP or,
//! where the broker takes nothing else, over WebSocket; either within TLS.
//!
//! The thread only moves bytes between the broker and the two queues of a [`Socket`]. It
//! deliberately never reconnects: the first error ends it.

mod address;
mod driver;
mod inbox;
mod tls;
mod websocket;

use core::time::Duration;
use std::sync::Arc;
use std::thread;

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Filter, LastWill};
use rumqttc::v5::{AsyncClient, MqttOptions};
use rumqttc::{NetworkOptions, Transport};
use tokio::sync::oneshot;

use self::address::Scheme;
use self::driver::Driver;
use self::inbox::Inbox;
use super::{Connect, Event, KEEP_ALIVE, Link, MAX_FILTERS, MAX_PACKET, Qos, TransportError};

/// Requests that wait for the network before messages are dropped.
const OUTBOX: usize = 256;

/// QoS 1 messages that may be unacknowledged at once.
const MAX_IN_FLIGHT: u16 = 1024;

/// How long dropping a closed socket waits for its good-bye to be sent.
const FAREWELL: Duration = Duration::from_millis(250);

/// A connection to the broker.
///
/// A QoS 0 message that finds the outgoing queue full is dropped and counted; any other request
/// that does ends the link, because its promise is broken.
#[derive(Debug)]
pub struct Socket {
    client: AsyncClient,
    inbox: Arc<Inbox>,
    /// Sending on it asks the thread to say good-bye; dropping it ends the thread at once.
    farewell: Option<oneshot::Sender<()>>,
    closing: bool,
    dropped: u64,
}

impl Socket {
    /// Starts to connect; how that went is reported by [`Link::poll`].
    ///
    /// # Errors
    ///
    /// The address is malformed, or no thread can be started.
    pub fn open(connect: Connect) -> Result<Self, TransportError> {
        let (client, event_loop) = AsyncClient::new(options(connect)?, OUTBOX);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| TransportError::System(error.to_string()))?;
        let inbox = Arc::new(Inbox::default());
        let (farewell, stop) = oneshot::channel();
        let driver = Driver::new(event_loop, client.clone(), Arc::clone(&inbox));
        thread::Builder::new()
            .name("mqtt".into())
            .spawn(move || runtime.block_on(driver.run(stop)))
            .map_err(|error| TransportError::System(error.to_string()))?;
        Ok(Self {
            client,
            inbox,
            farewell: Some(farewell),
            closing: false,
            dropped: 0,
        })
    }

    /// Blocks until [`Link::poll`] has an event to give, or `timeout` has passed; returns whether
    /// there is one.
    ///
    /// For authorities and benches without a frame rate of their own.
    pub fn wait(&self, timeout: Duration) -> bool {
        self.inbox.wait(timeout)
    }

    /// Messages dropped because a queue was full, both ways together.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped + self.inbox.dropped()
    }

    /// Ends a link whose outgoing queue could not take what must not be lost.
    fn overflow(&mut self) {
        self.farewell = None;
        self.inbox
            .close("the connection is too slow: too much waits to be sent".into());
    }
}

fn options(connect: Connect) -> Result<MqttOptions, TransportError> {
    let mut options = match &connect.tcp {
        Some(address) => {
            let (scheme, host, port) = address::parse(address)?;
            let mut options = MqttOptions::new(connect.client_id, host, port);
            if scheme == Scheme::Mqtts {
                options.set_transport(Transport::Tls(tls::configuration()?));
            }
            options
        }
        None => websocket::options(connect.client_id, &connect.ws)?,
    };
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    options
        .set_network_options(network)
        .set_keep_alive(KEEP_ALIVE)
        .set_clean_start(true)
        .set_max_packet_size(Some(MAX_PACKET))
        .set_outgoing_inflight_upper_limit(MAX_IN_FLIGHT);
    if let Some(login) = connect.login {
        options.set_credentials(login.username, login.password);
    }
    if let Some(will) = connect.will {
        let qos = QoS::AtLeastOnce;
        options.set_last_will(LastWill::new(will.topic, will.payload, qos, false, None));
    }
    Ok(options)
}

impl Link for Socket {
    fn poll(&mut self, _now: Duration) -> Option<Event> {
        self.inbox.pop()
    }

    fn subscribe(&mut self, topics: &[&str]) {
        for chunk in topics.chunks(MAX_FILTERS) {
            let names = chunk.iter().map(|&topic| topic.into()).collect();
            let filters = chunk
                .iter()
                .map(|&topic| Filter::new(topic, QoS::AtLeastOnce));
            // Held until the request is queued, so that both queues have one order.
            let mut asked = self.inbox.asked();
            let sent = self.client.try_subscribe_many(filters);
            if sent.is_ok() {
                asked.push_back(names);
            }
            drop(asked);
            if sent.is_err() {
                self.overflow();
            }
        }
    }

    fn unsubscribe(&mut self, topics: &[&str]) {
        for &topic in topics {
            if self.client.try_unsubscribe(topic).is_err() {
                self.overflow();
            }
        }
    }

    fn publish(&mut self, topic: &str, payload: &[u8], qos: Qos, retain: bool) {
        let level = match qos {
            Qos::AtMostOnce => QoS::AtMostOnce,
            Qos::AtLeastOnce => QoS::AtLeastOnce,
        };
        let sent = self
            .client
            .try_publish(topic, level, retain, payload.to_vec());
        match (sent, qos) {
            (Ok(()), _) => {}
            (Err(_), Qos::AtMostOnce) => self.dropped += 1,
            (Err(_), Qos::AtLeastOnce) => self.overflow(),
        }
    }

    fn close(&mut self) {
        if let Some(farewell) = self.farewell.take() {
            self.closing = farewell.send(()).is_ok();
        }
    }
}

impl Drop for Socket {
    /// A program that ends right after [`Link::close`] must not leave its will behind: this waits
    /// for the good-bye to be sent, which takes well under a millisecond on a live connection.
    fn drop(&mut self) {
        if self.closing {
            self.inbox.wait_closed(FAREWELL);
        }
    }
}
