//! The broker's counters.

use std::array;
use std::sync::atomic::{AtomicU64, Ordering};

use mqtt5::broker::sys_topics::BrokerStats;

/// Why the broker refused a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// CONNECT: no token, or a forged or expired one.
    Token,
    /// CONNECT: the token belongs to another client id or user.
    ClientId,
    /// CONNECT: a last will that the holder may not publish, or a retained or long one.
    Will,
    /// CONNECT: the match has ended, or never existed.
    MatchClosed,
    /// CONNECT: the host of an earlier epoch.
    Fenced,
    /// CONNECT: too soon after the last one with this client id.
    ConnectRate,
    /// PUBLISH: not the holder's topic.
    PublishTopic,
    /// PUBLISH: a retained message that is no keyframe.
    PublishRetain,
    /// PUBLISH: too long.
    PublishSize,
    /// PUBLISH: discarded, because the connection exceeds its message rate.
    PublishRate,
    /// PUBLISH: discarded, because its topic exceeds the rate of retained messages.
    RetainRate,
    /// SUBSCRIBE: not an exact topic, or not the holder's to read.
    Subscribe,
    /// SUBSCRIBE: too many filters at once.
    Filters,
    /// A delivery: discarded, because the connection exceeds its message rate.
    DeliveryRate,
}

impl Refusal {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Token,
        Self::ClientId,
        Self::Will,
        Self::MatchClosed,
        Self::Fenced,
        Self::ConnectRate,
        Self::PublishTopic,
        Self::PublishRetain,
        Self::PublishSize,
        Self::PublishRate,
        Self::RetainRate,
        Self::Subscribe,
        Self::Filters,
        Self::DeliveryRate,
    ];

    /// The packet that was refused, and why, as metric labels.
    #[must_use]
    pub const fn labels(self) -> (&'static str, &'static str) {
        match self {
            Self::Token => ("connect", "token"),
            Self::ClientId => ("connect", "client_id"),
            Self::Will => ("connect", "will"),
            Self::MatchClosed => ("connect", "match_closed"),
            Self::Fenced => ("connect", "fenced"),
            Self::ConnectRate => ("connect", "rate"),
            Self::PublishTopic => ("publish", "topic"),
            Self::PublishRetain => ("publish", "retain"),
            Self::PublishSize => ("publish", "size"),
            Self::PublishRate => ("publish", "rate"),
            Self::RetainRate => ("publish", "retain_rate"),
            Self::Subscribe => ("subscribe", "topic"),
            Self::Filters => ("subscribe", "filters"),
            Self::DeliveryRate => ("delivery", "rate"),
        }
    }
}

#[derive(Default)]
pub(super) struct Refusals([AtomicU64; Refusal::ALL.len()]);

impl Refusals {
    pub(super) fn count(&self, refusal: Refusal) {
        self.0[refusal as usize].fetch_add(1, Ordering::Relaxed);
    }
}

/// The broker's counters since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Open connections.
    pub connections: u64,
    /// PUBLISH packets from clients.
    pub messages_in: u64,
    /// PUBLISH packets to clients.
    pub messages_out: u64,
    /// Payload bytes from clients.
    pub bytes_in: u64,
    /// Payload bytes to clients.
    pub bytes_out: u64,
    /// Refusals, in the order of [`Refusal::ALL`].
    pub refused: [u64; Refusal::ALL.len()],
}

impl Counters {
    /// The number of refusals for this reason.
    #[must_use]
    pub const fn refused(&self, why: Refusal) -> u64 {
        self.refused[why as usize]
    }

    pub(super) fn read(stats: &BrokerStats, refusals: &Refusals) -> Self {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Self {
            connections: stats.clients_connected.load(Ordering::Relaxed) as u64,
            messages_in: read(&stats.publish_received),
            messages_out: read(&stats.publish_sent),
            bytes_in: read(&stats.bytes_received),
            bytes_out: read(&stats.bytes_sent),
            refused: array::from_fn(|index| read(&refusals.0[index])),
        }
    }
}
