//! The embedded MQTT broker, 3.1.1 and 5, over TCP and WebSocket.
//!
//! The `mqtt5` library speaks the protocol and routes; this module decides who may connect,
//! publish and subscribe, and ends connections whose right to be here has ended. All of that is
//! decided per connection from its token (`connection`), never from what a client says about
//! itself. Nothing is stored: a session ends with its connection, and retained messages with the
//! process.

mod carrier;
mod connection;
mod counters;
mod listener;
mod profile;
mod websocket;

use std::collections::HashMap;
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
use protocol::{Epoch, Login, MatchId, MqttAccess, PlayerId, Role, Topic};
use tokio::sync::mpsc;

use super::{AccessError, Addresses, Broker};
use crate::shutdown::Trigger;
use crate::token::{Claims, Seat, Signer};
use connection::Lease;
use protocol::membership::HostLiveness;

pub use counters::{Counters, Refusal};
pub(crate) use listener::listen;
pub use profile::Profile;
pub(crate) use websocket::{UpgradeError, upgrade};

/// The longest payload of a PUBLISH, in bytes.
pub const MAX_PAYLOAD: usize = netcode::wire::MAX_PAYLOAD;

/// The longest packet: a payload, its topic and its properties, or a CONNECT with its token.
const MAX_PACKET: usize = 2 * MAX_PAYLOAD;

/// Messages that wait for a slow reader before the newest are dropped.
const READER_BACKLOG: usize = 256;

/// Exact topics that one connection may read.
const MAX_SUBSCRIPTIONS: usize = 50;

/// A host that has published nothing for this long shows no life: it publishes at least twice as
/// often.
const PULSE: Duration = protocol::timing::HOST_LIVENESS;

/// How often what ended connections leave behind is swept up.
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
    /// Where the broker's clock starts.
    started: Instant,
    /// A `std` mutex: it is never held across an await.
    admission: Mutex<Admission>,
    stop: Trigger,
    /// Each connection holds a clone; when all are gone, so are the connections.
    alive: Mutex<Option<mpsc::Sender<()>>>,
    gone: tokio::sync::Mutex<mpsc::Receiver<()>>,
}

/// Who is let in. One lock, so that nobody slips in while a match closes.
#[derive(Default)]
struct Admission {
    open: HashMap<MatchId, Reign>,
    /// By number: whose connection it is, and for how long.
    live: HashMap<u64, (Claims, Arc<Lease>)>,
    /// When each client id last connected, of those that may not do so again yet.
    knocked: HashMap<PlayerId, Instant>,
}

/// The epoch in force in a match.
struct Reign {
    epoch: Epoch,
    /// Whether its host has ever connected.
    begun: bool,
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
        let (alive, gone) = mpsc::channel(1);
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
                stop: Trigger::new(),
                alive: Mutex::new(Some(alive)),
                gone: tokio::sync::Mutex::new(gone),
            }),
        }
    }

    /// Ends the player's connections; their last wills are published.
    pub fn kick(&self, player: PlayerId) {
        self.inner.admission().end(|claims| claims.sub == player);
    }

    /// What has happened so far.
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
        for (holder, lease) in self.inner.admission().live.values() {
            if holder.sub == claims.sub {
                lease.extend(claims.exp);
            }
        }
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

    /// Lets the holders of this match's tokens in.
    fn open_match(&self, id: MatchId, epoch: Epoch) {
        let reign = Reign {
            epoch,
            begun: false,
        };
        self.inner.admission().open.insert(id, reign);
    }

    /// The old hosts' last wills are published, to their own epochs' topics, and none is let in
    /// again as host.
    fn fence(&self, id: MatchId, epoch: Epoch, _old_host: PlayerId) {
        let mut admission = self.inner.admission();
        if let Some(reign) = admission.open.get_mut(&id) {
            *reign = Reign {
                epoch,
                begun: false,
            };
        }
        admission.end(|claims| {
            claims.seat.is_some_and(|seat| {
                seat.match_id == id && seat.role == Role::Host && seat.epoch < epoch
            })
        });
    }

    /// Its connection lives, and has connected or published within the last [`PULSE`].
    fn liveness(&self, id: MatchId, epoch: Epoch) -> HostLiveness {
        let host = Seat {
            match_id: id,
            role: Role::Host,
            epoch,
        };
        let now = self.inner.now_ms();
        let admission = self.inner.admission();
        let beats = admission
            .live
            .values()
            .any(|(claims, lease)| claims.seat == Some(host) && lease.beats(now));
        let reign = admission.open.get(&id);
        if beats {
            HostLiveness::Alive
        } else if reign.is_some_and(|reign| reign.epoch == epoch && !reign.begun) {
            HostLiveness::Awaited
        } else {
            HostLiveness::Dead
        }
    }

    fn close_match(&self, id: MatchId, _players: &[PlayerId]) {
        let mut admission = self.inner.admission();
        admission.open.remove(&id);
        admission.end(|claims| claims.seat.is_some_and(|seat| seat.match_id == id));
    }

    /// Nothing takes time within a process.
    async fn flush(&self) {}

    /// Ends all connections and waits until they are gone.
    async fn shut_down(&self) {
        self.inner.stop.pull();
        drop(
            self.inner
                .alive
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        // The channel closes when the last connection drops its sender; nothing is ever sent.
        self.inner.gone.lock().await.recv().await;
    }
}

impl Inner {
    fn admission(&self) -> MutexGuard<'_, Admission> {
        // Every change to it is a single insert or remove, so a panic elsewhere leaves it whole.
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

impl Admission {
    /// Counts a CONNECT; `false`, and it does not count, if it comes too soon after the last one.
    fn knock(&mut self, player: PlayerId, now: Instant) -> bool {
        self.knocked
            .retain(|_, last| now.saturating_duration_since(*last) < profile::CONNECT_PAUSE);
        let allowed = !self.knocked.contains_key(&player);
        if allowed {
            self.knocked.insert(player, now);
        }
        allowed
    }

    /// Ends the connections of these token holders.
    fn end(&self, whom: impl Fn(&Claims) -> bool) {
        for (claims, lease) in self.live.values() {
            if whom(claims) {
                lease.end();
            }
        }
    }
}

/// One task, so that the relay's messages keep their order.
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
