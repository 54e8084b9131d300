//! One client's connection: what its token allows, and how it ends.
//!
//! The library asks its `AuthProvider` about every CONNECT, PUBLISH, SUBSCRIBE and last will.
//! Each connection has a provider of its own, so an answer can only come from the token that this
//! very connection showed.

use std::future::{Future, ready};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use mqtt5::broker::auth::{AuthProvider, AuthResult};
use mqtt5::broker::client_handler::ClientHandler;
use mqtt5::broker::events::{
    BrokerEventHandler, ClientPublishEvent, ClientSubscribeEvent, PublishAction,
};
use mqtt5::packet::connect::ConnectPacket;
use mqtt5::packet::publish::PublishPacket;
use mqtt5::protocol::v5::reason_codes::ReasonCode;
use mqtt5::{QoS, WillMessage, WillProperties};
use protocol::{Grants, PlayerId, Role, Topic};
use tokio::sync::{Notify, broadcast};

use super::carrier::{Carrier, Stream};
use super::counters::Refusal;
use super::profile::Allowance;
use super::{Inner, MAX_PAYLOAD, PULSE};
use crate::socket::Cutter;
use crate::token::unix_time;

/// How long a client may take to send an acceptable CONNECT.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// How long a kicked client is given to take its good-bye.
const FAREWELL: Duration = Duration::from_millis(250);

/// The longest last will, in bytes: it only says "gone".
const MAX_WILL: usize = 64;

/// The protocol level of MQTT 3.1.1, which cannot say that a publish was refused.
const MQTT_3_1_1: u8 = 4;

pub(super) struct Connection {
    broker: Arc<Inner>,
    number: u64,
    cutter: Cutter,
    /// Set once, when CONNECT is accepted.
    holder: OnceLock<Holder>,
    admitted: Notify,
    lease: Arc<Lease>,
    /// What it may still do under AWS's limits, if they are enforced.
    allowance: Option<Arc<Allowance>>,
}

struct Holder {
    grants: Grants,
    protocol: u8,
}

/// Whether and for how long a connection lives: what the broker's handle sees and can change of it.
#[derive(Default)]
pub(super) struct Lease {
    /// In seconds since 1970.
    until: AtomicU64,
    /// Set for good when the connection is to end.
    ended: AtomicBool,
    /// When it last connected or published, in milliseconds on the broker's clock.
    heard_ms: AtomicU64,
    changed: Notify,
}

impl Lease {
    /// Lets the connection live until `until`, in seconds since 1970.
    pub(super) fn extend(&self, until: u64) {
        self.until.fetch_max(until, Ordering::Relaxed);
    }

    /// Ends the connection, with its last will.
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
        self.changed.notify_one();
    }

    /// Whether the connection lives and has shown it within the last [`PULSE`].
    pub(super) fn beats(&self, now_ms: u64) -> bool {
        let silence = now_ms.saturating_sub(self.heard_ms.load(Ordering::Relaxed));
        !self.is_over() && silence < PULSE.as_millis() as u64
    }

    fn hear(&self, now_ms: u64) {
        self.heard_ms.store(now_ms, Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    async fn over(&self) {
        while !self.is_over() {
            let left = self
                .until
                .load(Ordering::Relaxed)
                .saturating_sub(unix_time());
            if left == 0 {
                self.ended.store(true, Ordering::Relaxed);
            } else {
                // Either way, look again: it may have been extended meanwhile.
                let _ =
                    tokio::time::timeout(Duration::from_secs(left), self.changed.notified()).await;
            }
        }
    }
}

/// Serves one client until it leaves, is kicked, or its token ends.
pub(super) async fn run(broker: Arc<Inner>, stream: impl Stream, cutter: Cutter, peer: SocketAddr) {
    let alive = broker.alive.lock().map_or(None, |alive| alive.clone());
    // Shut down meanwhile.
    let Some(alive) = alive else { return };
    let number = broker.next_connection();
    let allowance = Allowance::of(broker.profile).map(Arc::new);
    let transport = Carrier::transport(stream, Arc::clone(&broker), allowance.clone());
    let connection = Arc::new(Connection {
        broker: Arc::clone(&broker),
        number,
        cutter,
        holder: OnceLock::new(),
        admitted: Notify::new(),
        lease: Arc::default(),
        allowance,
    });
    let config = broker
        .config
        .clone()
        .with_event_handler(Arc::clone(&connection) as Arc<dyn BrokerEventHandler>);
    // A channel of its own, so that one connection can be ended with its farewell and last will.
    let (end, ended) = broadcast::channel(1);
    let handler = ClientHandler::new(
        transport,
        peer,
        Arc::new(config),
        Arc::clone(&broker.router),
        Arc::clone(&connection) as Arc<dyn AuthProvider>,
        None,
        Arc::clone(&broker.stats),
        Arc::clone(&broker.monitor),
        ended,
    );
    let mut shutdown = broker.stop.shutdown();
    let mut served = pin!(handler.run());
    tokio::select! {
        _ = &mut served => {}
        () = async {
            tokio::select! {
                () = connection.over() => {}
                () = shutdown.recv() => {}
            }
        } => {
            let _ = end.send(());
            if tokio::time::timeout(FAREWELL, &mut served).await.is_err() {
                // The client does not read: the farewell is stuck in a full socket.
                connection.cutter.cut();
                let _ = served.await;
            }
        }
    }
    broker.admission().live.remove(&number);
    drop(alive);
}

impl Connection {
    async fn over(&self) {
        // A silent socket is nobody's, and does not stay.
        if tokio::time::timeout(HANDSHAKE, self.admitted.notified())
            .await
            .is_ok()
        {
            self.lease.over().await;
        }
    }

    /// Accepts or refuses a CONNECT.
    fn admit(&self, connect: &ConnectPacket) -> Result<PlayerId, Refusal> {
        let password = connect.password.as_deref().unwrap_or_default();
        let claims = self
            .broker
            .signer
            .verify(password, unix_time())
            .map_err(|_| Refusal::Token)?;
        let player = claims.sub;
        if connect.client_id != claims.client_id
            || connect.username.as_deref() != Some(player.as_str())
        {
            return Err(Refusal::ClientId);
        }
        let grants = claims.grants();
        if connect
            .will
            .as_ref()
            .is_some_and(|will| !allow_will(&grants, will))
        {
            return Err(Refusal::Will);
        }
        let mut admission = self.broker.admission();
        if self.allowance.is_some() && !admission.knock(player, Instant::now()) {
            return Err(Refusal::ConnectRate);
        }
        if let Some(seat) = claims.seat {
            let reign = admission
                .open
                .get_mut(&seat.match_id)
                .ok_or(Refusal::MatchClosed)?;
            if seat.role == Role::Host {
                if seat.epoch < reign.epoch {
                    return Err(Refusal::Fenced);
                }
                reign.begun = true;
            }
        }
        let holder = Holder {
            grants,
            protocol: connect.protocol_version,
        };
        // A second CONNECT on one connection is a protocol error, which the library ends.
        self.holder.set(holder).map_err(|_| Refusal::ClientId)?;
        self.lease.extend(claims.exp);
        self.lease.hear(self.broker.now_ms());
        admission
            .live
            .insert(self.number, (claims, Arc::clone(&self.lease)));
        self.admitted.notify_one();
        Ok(player)
    }

    /// Whether a publish, or the last will, may go to `topic`.
    fn may_publish(&self, topic: &str) -> bool {
        let Some(holder) = self.holder.get() else {
            return false;
        };
        let allowed = holder.grants.allow_publish(topic);
        if !allowed {
            self.broker.refusals.count(Refusal::PublishTopic);
            if holder.protocol == MQTT_3_1_1 {
                // That version has no negative PUBACK; its specification says to disconnect.
                self.cutter.cut();
            }
        }
        allowed
    }

    fn may_subscribe(&self, filter: &str) -> bool {
        if self
            .allowance
            .as_ref()
            .is_some_and(|allowance| !allowance.add_filter())
        {
            self.broker.refusals.count(Refusal::Filters);
            // The whole packet is refused, and no acknowledgement of its first filters can leave.
            self.cutter.cut();
            return false;
        }
        let allowed = self
            .holder
            .get()
            .is_some_and(|holder| holder.grants.allow_subscribe(filter));
        if !allowed {
            self.broker.refusals.count(Refusal::Subscribe);
        }
        allowed
    }

    /// What becomes of a publish to an allowed topic.
    fn pass(&self, event: ClientPublishEvent) -> PublishAction {
        if self.lease.is_over() {
            // So that a fenced host is not heard, and nothing is retained after the match's topics
            // were cleared.
            if event.qos != QoS::AtMostOnce {
                // Before an acknowledgement leaves: it would not be true.
                self.cutter.cut();
            }
            return PublishAction::Handled;
        }
        let refusal = if event.payload.len() > MAX_PAYLOAD {
            Some(Refusal::PublishSize)
        } else if event.retain && !matches!(event.topic.parse(), Ok(Topic::Keyframe(..))) {
            Some(Refusal::PublishRetain)
        } else {
            None
        };
        if let Some(refusal) = refusal {
            self.broker.refusals.count(refusal);
            // No acknowledgement can leave a cut socket, so the client cannot take it for sent.
            self.cutter.cut();
            return PublishAction::Handled;
        }
        if let Some(refusal) = self.excess(&event) {
            self.broker.refusals.count(refusal);
            if event.qos != QoS::AtMostOnce {
                // An acknowledgement would not be true.
                self.cutter.cut();
            }
            return PublishAction::Handled;
        }
        self.lease.hear(self.broker.now_ms());
        // A fresh packet: without the sender's properties and those that the library adds.
        let mut packet =
            PublishPacket::new(&*event.topic, event.payload, event.qos).with_retain(event.retain);
        packet.packet_id = event.packet_id;
        PublishAction::Transform(packet)
    }

    /// Why AWS would discard a publish.
    fn excess(&self, event: &ClientPublishEvent) -> Option<Refusal> {
        let allowance = self.allowance.as_ref()?;
        let now = Instant::now();
        if !allowance.messages.take(now) {
            Some(Refusal::PublishRate)
        } else if event.retain && !allowance.retained.take(now) {
            Some(Refusal::RetainRate)
        } else {
            None
        }
    }
}

fn allow_will(grants: &Grants, will: &WillMessage) -> bool {
    !will.retain
        && will.payload.len() <= MAX_WILL
        && grants.allow_publish(&will.topic)
        && is_bare(&will.properties)
}

/// Whether the will has no properties that readers would get as they are.
fn is_bare(properties: &WillProperties) -> bool {
    properties.content_type.is_none()
        && properties.response_topic.is_none()
        && properties.correlation_data.is_none()
        && properties.user_properties.is_empty()
}

type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl AuthProvider for Connection {
    fn authenticate<'a>(
        &'a self,
        connect: &'a ConnectPacket,
        _peer: SocketAddr,
    ) -> Answer<'a, mqtt5::Result<AuthResult>> {
        let result = match self.admit(connect) {
            Ok(player) => AuthResult::success_with_user(player.as_str()),
            Err(refusal) => {
                self.broker.refusals.count(refusal);
                AuthResult::fail(match refusal {
                    Refusal::Token => ReasonCode::BadUsernameOrPassword,
                    Refusal::ConnectRate => ReasonCode::ConnectionRateExceeded,
                    _ => ReasonCode::NotAuthorized,
                })
            }
        };
        Box::pin(ready(Ok(result)))
    }

    fn authorize_publish<'a>(
        &'a self,
        _client_id: &str,
        _user: Option<&'a str>,
        topic: &'a str,
    ) -> Answer<'a, bool> {
        Box::pin(ready(self.may_publish(topic)))
    }

    fn authorize_subscribe<'a>(
        &'a self,
        _client_id: &str,
        _user: Option<&'a str>,
        filter: &'a str,
    ) -> Answer<'a, bool> {
        Box::pin(ready(self.may_subscribe(filter)))
    }

    /// Called before the last will is published: who reads that a host is gone can claim at once.
    fn cleanup_session<'a>(&'a self, _user: &'a str) -> Answer<'a, ()> {
        self.lease.end();
        Box::pin(ready(()))
    }
}

impl BrokerEventHandler for Connection {
    fn on_client_publish<'a>(&'a self, event: ClientPublishEvent) -> Answer<'a, PublishAction> {
        Box::pin(ready(self.pass(event)))
    }

    /// Called once a SUBSCRIBE has been answered.
    fn on_client_subscribe<'a>(&'a self, _event: ClientSubscribeEvent) -> Answer<'a, ()> {
        if let Some(allowance) = &self.allowance {
            allowance.end_filters();
        }
        Box::pin(ready(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_shows_life_until_it_is_silent_or_ends() {
        let lease = Lease::default();
        lease.hear(5_000);
        assert!(lease.beats(5_000) && lease.beats(5_999));
        assert!(!lease.beats(6_000));
        lease.hear(6_000);
        assert!(lease.beats(6_000));
        lease.end();
        assert!(!lease.beats(6_000));
    }
}
