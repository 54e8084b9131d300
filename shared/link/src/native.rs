//! The native link: rumqttc on its own thread, with MQTT 5 over TCP (with `TCP_NODELAY`) or
//! WebSocket, each optionally within TLS.
//!
//! The thread moves messages between the broker and the two queues of a [`Socket`].
//!
//! Non-goals: reconnecting; the first error ends the thread.

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

/// The most requests that wait to be sent before messages are dropped.
const OUTBOX: usize = 256;

/// The most unacknowledged QoS 1 messages.
const MAX_IN_FLIGHT: u16 = 1024;

/// How long dropping a closed socket waits for DISCONNECT to be sent.
const DISCONNECT_WAIT: Duration = Duration::from_millis(250);

/// A connection to the broker.
///
/// When the outgoing queue is full, a QoS 0 message is dropped and counted; any other request ends
/// the link, because it must not be lost.
#[derive(Debug)]
pub struct Socket {
    client: AsyncClient,
    inbox: Arc<Inbox>,
    /// Sending on it makes the thread send DISCONNECT; dropping it ends the thread at once.
    disconnect: Option<oneshot::Sender<()>>,
    closing: bool,
    dropped: u64,
}

impl Socket {
    /// Starts to connect; [`Link::poll`] reports the outcome.
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
        let (disconnect, stop) = oneshot::channel();
        let driver = Driver::new(event_loop, client.clone(), Arc::clone(&inbox));
        thread::Builder::new()
            .name("mqtt".into())
            .spawn(move || runtime.block_on(driver.run(stop)))
            .map_err(|error| TransportError::System(error.to_string()))?;
        Ok(Self {
            client,
            inbox,
            disconnect: Some(disconnect),
            closing: false,
            dropped: 0,
        })
    }

    /// Blocks until [`Link::poll`] has an event, or `timeout` has passed; returns whether there is an
    /// event.
    ///
    /// For programs without a frame loop.
    pub fn wait(&self, timeout: Duration) -> bool {
        self.inbox.wait(timeout)
    }

    /// The number of messages dropped because a queue was full, in both directions.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped + self.inbox.dropped()
    }

    /// Ends the link: the outgoing queue is full, and a request that must not be lost would be.
    fn overflow(&mut self) {
        self.disconnect = None;
        self.inbox
            .close("the connection is too slow: the queue of messages to send is full".into());
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
            // Locked until the request is queued, so that both queues have the same order.
            let mut subscriptions = self.inbox.subscriptions();
            let sent = self.client.try_subscribe_many(filters);
            if sent.is_ok() {
                subscriptions.push_back(names);
            }
            drop(subscriptions);
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
        if let Some(disconnect) = self.disconnect.take() {
            self.closing = disconnect.send(()).is_ok();
        }
    }
}

impl Drop for Socket {
    /// Waits until DISCONNECT is sent, so that the broker does not publish the will of a program that
    /// ends right after [`Link::close`]. On a live connection this takes well under a millisecond.
    fn drop(&mut self) {
        if self.closing {
            self.inbox.wait_closed(DISCONNECT_WAIT);
        }
    }
}
