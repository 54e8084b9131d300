//! What a connection may do: answers of the library's hooks, from the connection's own token.
//!
//! The library asks its `AuthProvider` about every CONNECT, PUBLISH, SUBSCRIBE and last will. Each
//! connection is a provider of its own, so that an answer can come only from the token that this
//! connection presented.

use std::future::{Future, ready};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use mqtt5::broker::auth::{AuthProvider, AuthResult};
use mqtt5::broker::events::{
    BrokerEventHandler, ClientPublishEvent, ClientSubscribeEvent, PublishAction,
};
use mqtt5::packet::connect::ConnectPacket;
use mqtt5::packet::publish::PublishPacket;
use mqtt5::protocol::v5::reason_codes::ReasonCode;
use mqtt5::{QoS, WillMessage, WillProperties};
use protocol::{Grants, PlayerId, Topic};

use super::{Connection, Holder};
use crate::broker::embedded::MAX_PAYLOAD;
use crate::broker::embedded::counters::Refusal;
use crate::token::unix_time;

/// The longest last will, in bytes: it only says "gone".
const MAX_WILL: usize = 64;

/// The protocol level of MQTT 3.1.1, which has no negative PUBACK.
const MQTT_3_1_1: u8 = 4;

impl Connection {
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
        if self.allowance.is_some() && !admission.allow_connect(player, Instant::now()) {
            return Err(Refusal::ConnectRate);
        }
        if let Some(seat) = claims.seat {
            admission.enter(seat)?;
        }
        let holder = Holder {
            grants,
            protocol: connect.protocol_version,
        };
        // A second CONNECT on one connection is a protocol error, which the library ends.
        self.holder.set(holder).map_err(|_| Refusal::ClientId)?;
        self.lease.extend(claims.exp);
        self.lease.touch(self.broker.now_ms());
        admission.insert(self.number, claims, Arc::clone(&self.lease));
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
                // Its specification says to disconnect.
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
            // The whole packet is refused: without an acknowledgement of its first filters.
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

    /// Decides about a publish to an allowed topic.
    fn filter_publish(&self, event: ClientPublishEvent) -> PublishAction {
        if self.lease.is_ended() {
            // A fenced host's message must not be delivered, and nothing retained after the match's
            // topics were cleared.
            if event.qos != QoS::AtMostOnce {
                // Without an acknowledgement, which would be false.
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
            // A cut socket sends no acknowledgement, which would be false.
            self.cutter.cut();
            return PublishAction::Handled;
        }
        if let Some(refusal) = self.excess(&event) {
            self.broker.refusals.count(refusal);
            if event.qos != QoS::AtMostOnce {
                // Without an acknowledgement, which would be false.
                self.cutter.cut();
            }
            return PublishAction::Handled;
        }
        self.lease.touch(self.broker.now_ms());
        // A new packet, without the properties of the sender and of the library.
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
        && has_no_properties(&will.properties)
}

/// Whether the will has none of the properties that are forwarded to readers.
fn has_no_properties(properties: &WillProperties) -> bool {
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

    /// Called before the last will is published, so that its readers can claim at once.
    fn cleanup_session<'a>(&'a self, _user: &'a str) -> Answer<'a, ()> {
        self.lease.end();
        Box::pin(ready(()))
    }
}

impl BrokerEventHandler for Connection {
    fn on_client_publish<'a>(&'a self, event: ClientPublishEvent) -> Answer<'a, PublishAction> {
        Box::pin(ready(self.filter_publish(event)))
    }

    /// Called once a SUBSCRIBE has been answered.
    fn on_client_subscribe<'a>(&'a self, _event: ClientSubscribeEvent) -> Answer<'a, ()> {
        if let Some(allowance) = &self.allowance {
            allowance.end_filters();
        }
        Box::pin(ready(()))
    }
}
