//! The embedded MQTT broker, 3.1.1 and 5, over TCP and WebSocket.
//!
//! The `mqtt5` library implements the protocol and the routing; this module decides which clients
//! may connect, publish and subscribe, and ends connections whose rights have ended. Every decision
//! is made per connection from its token (`connection`), never from what a client claims.
//!
//! Non-goals: persistence. A session ends with its connection, and retained messages with the
//! process.

mod admission;
mod connection;
mod counters;
mod lease;
mod listener;
mod profile;
mod transport;
mod websocket;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use mqtt5::QoS;
use mqtt5::broker::resource_monitor::{ResourceLimits, ResourceMonitor};
use mqtt5::broker::router::MessageRouter;
use mqtt5::broker::sys_topics::BrokerStats;
use mqtt5::broker::{BrokerConfig, StorageConfig};
use mqtt5::packet::publish::PublishPacket;
use protocol::membership::HostLiveness;
use protocol::{Epoch, Login, MatchId, MqttAccess, PlayerId, Topic};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{AccessError, Addresses, Broker};
use crate::token::{Claims, Signer};
use admission::Admission;

pub use counters::{Counters, Refusal};
pub(crate) use listener::listen;
pub use profile::Profile;
pub(crate) use websocket::{UpgradeError, upgrade};

/// The longest payload of a PUBLISH, in bytes.
pub const MAX_PAYLOAD: usize = netcode::wire::MAX_PAYLOAD;

/// The longest packet: a payload, its topic and its properties, or a CONNECT with its token.
const MAX_PACKET: usize = 2 * MAX_PAYLOAD;

/// Messages queued for a slow reader before the newest are dropped.
const READER_BACKLOG: usize = 256;

/// Exact topics that one connection may read.
const MAX_SUBSCRIPTIONS: usize = 50;

/// The period of removing the sessions of ended connections from the router.
const SWEEP: Duration = Duration::from_secs(60);

/// A handle of the broker; clones are the same broker.
#[derive(Clone)]
pub struct Embedded {
    inner: Arc<Inner>,
}

struct Inner {
    signer: Arc<Signer>,
    profile: Profile,
    config: BrokerConfig,
    router: Arc<MessageRouter>,
    stats: Arc<BrokerStats>,
    monitor: Arc<ResourceMonitor>,
    refusals: counters::Refusals,
    outbox: mpsc::UnboundedSender<PublishPacket>,
    next_connection: AtomicU64,
    /// The origin of the broker's clock.
    started: Instant,
    /// A `std` mutex: it is never held across an await.
    admission: Mutex<Admission>,
    stop: CancellationToken,
    /// Holds a token for each open connection.
    connections: TaskTracker,
}

impl Embedded {
    /// A broker that accepts the tokens of `signer` and, from each connection, at most
    /// `messages_per_second` publishes, or what the profile says; 0 is no limit. Needs a tokio
    /// runtime.
    #[must_use]
    pub fn new(signer: Arc<Signer>, messages_per_second: u32, profile: Profile) -> Self {
        let mut config = BrokerConfig::default()
            .with_max_packet_size(MAX_PACKET)
            .with_maximum_qos(1)
            .with_session_expiry(Duration::ZERO)
            .with_sys_topics_enabled(false)
            .with_client_channel_capacity(READER_BACKLOG)
            .with_max_subscriptions_per_client(MAX_SUBSCRIPTIONS)
            .with_storage(StorageConfig {
                enable_persistence: false,
                ..StorageConfig::default()
            });
        config.topic_alias_maximum = 16;
        config.wildcard_subscription_available = false;
        config.shared_subscription_available = false;
        config.subscription_identifier_available = false;

        let limits = ResourceLimits {
            max_connections: 10_000,
            max_connections_per_ip: 2_000,
            // The profile's own limit is stricter, and what it discards is counted.
            max_message_rate_per_client: match profile {
                Profile::Own => messages_per_second,
                Profile::Aws => 0,
            },
            max_bandwidth_per_client: 0,
            max_connection_rate: 1_000,
            rate_limit_window: Duration::from_secs(1),
        };
        let router = Arc::new(MessageRouter::new());
        let (outbox, outgoing) = mpsc::unbounded_channel();
        tokio::spawn(route(Arc::clone(&router), outgoing));
        Self {
            inner: Arc::new(Inner {
                signer,
                profile,
                config,
                router,
                stats: Arc::new(BrokerStats::new()),
                monitor: Arc::new(ResourceMonitor::new(limits)),
                refusals: counters::Refusals::default(),
                outbox,
                next_connection: AtomicU64::new(0),
                started: Instant::now(),
                admission: Mutex::default(),
                stop: CancellationToken::new(),
                connections: TaskTracker::new(),
            }),
        }
    }

    /// Ends the player's connections; their last wills are published.
    pub fn kick(&self, player: PlayerId) {
        self.inner.admission().end(|claims| claims.sub == player);
    }

    /// The broker's counters.
    #[must_use]
    pub fn counters(&self) -> Counters {
        Counters::read(&self.inner.stats, &self.inner.refusals)
    }
}

#[async_trait]
impl Broker for Embedded {
    async fn access(
        &self,
        claims: &Claims,
        token: &str,
        at: &Addresses,
    ) -> Result<MqttAccess, AccessError> {
        self.inner.admission().extend(claims.sub, claims.exp);
        Ok(MqttAccess {
            tcp: at.tcp.clone(),
            ws: at.ws.clone(),
            client_id: claims.client_id.clone(),
            login: Some(Login {
                username: claims.sub.to_string(),
                password: token.to_owned(),
            }),
        })
    }

    fn publish(&self, topic: Topic, payload: Vec<u8>, retain: bool) {
        let packet =
            PublishPacket::new(topic.to_string(), payload, QoS::AtMostOnce).with_retain(retain);
        // It fails only when the process ends.
        let _ = self.inner.outbox.send(packet);
    }

    /// Accepts connections of this match's token holders from now on.
    fn open_match(&self, id: MatchId, epoch: Epoch) {
        self.inner.admission().open(id, epoch);
    }

    /// The last wills of older epochs' hosts are published on those epochs' topics, and their tokens
    /// are refused from now on.
    fn fence(&self, id: MatchId, epoch: Epoch, _old_host: PlayerId) {
        self.inner.admission().fence(id, epoch);
    }

    fn liveness(&self, id: MatchId, epoch: Epoch) -> HostLiveness {
        let now_ms = self.inner.now_ms();
        self.inner.admission().host_liveness(id, epoch, now_ms)
    }

    fn close_match(&self, id: MatchId, _players: &[PlayerId]) {
        self.inner.admission().close(id);
    }

    /// Returns at once: publishing is synchronous within the process.
    async fn flush(&self) {}

    /// Ends all connections and waits until they are closed.
    async fn shut_down(&self) {
        self.inner.stop.cancel();
        self.inner.connections.close();
        self.inner.connections.wait().await;
    }
}

impl Inner {
    fn admission(&self) -> MutexGuard<'_, Admission> {
        // Valid even after a panic: every change is a single insert or remove.
        self.admission
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn next_connection(&self) -> u64 {
        self.next_connection.fetch_add(1, Ordering::Relaxed)
    }

    /// Milliseconds on the broker's clock.
    fn now_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }
}

/// Routes the relay's own messages, in one task so that they keep their order.
async fn route(router: Arc<MessageRouter>, mut outgoing: mpsc::UnboundedReceiver<PublishPacket>) {
    let mut sweep = tokio::time::interval(SWEEP);
    loop {
        tokio::select! {
            packet = outgoing.recv() => match packet {
                Some(packet) => router.route_message(&packet, None).await,
                None => return,
            },
            _ = sweep.tick() => router.sweep_sessions().await,
        }
    }
}
