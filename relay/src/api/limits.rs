//! Rate limits of the lobby API, for each address block and each player.
//!
//! Each limit is a token bucket: it allows a burst, and refills at a steady rate.
//!
//! Non-goals: the rates of MQTT connections, which the broker limits.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::http::HeaderValue;
use governor::clock::{Clock, MonotonicClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use protocol::PlayerId;

/// Calls of any kind from one address block: enough for a school behind one address.
const CALLS: Quota = Quota::per_second(number(30)).allow_burst(number(300));

/// New matches from one address block.
const CREATIONS: Quota = Quota::per_minute(number(2)).allow_burst(number(10));

/// Joins from one address block: all players of a match may join at once, but the 17^5 codes cannot
/// be guessed.
const JOINS: Quota = Quota::per_minute(number(10)).allow_burst(number(64));

/// Calls with one player's token.
const PLAYER: Quota = Quota::per_second(number(2)).allow_burst(number(30));

/// Full buckets are removed after every so many calls.
const SWEEP: u32 = 1024;

const fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

/// The origin of a call: an IPv4 address, or the /64 network of an IPv6 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct AddressBlock(IpAddr);

impl AddressBlock {
    /// The block of this address.
    pub(super) fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
            address @ IpAddr::V4(_) => address,
        })
    }
}

/// Too many calls; the next one is allowed after this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("that is asked too often: ask again in {} s", self.seconds())]
pub(super) struct RateLimited(Duration);

impl RateLimited {
    /// Whole seconds to wait.
    pub(super) fn seconds(self) -> u64 {
        self.0.as_secs() + 1
    }
}

/// Which pages may call the lobby API, and how often clients may.
#[derive(Default)]
pub struct Guard {
    /// The origins of pages that may call it besides the relay's own, as `https://play.example`.
    pub origins: Vec<HeaderValue>,
    /// Whether requests come through a proxy that sets `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// The rate limits, if any.
    pub limits: Option<Limits>,
}

/// The buckets of all address blocks and players.
pub struct Limits {
    calls: Buckets<AddressBlock>,
    creations: Buckets<AddressBlock>,
    joins: Buckets<AddressBlock>,
    players: Buckets<PlayerId>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            calls: Buckets::new(CALLS),
            creations: Buckets::new(CREATIONS),
            joins: Buckets::new(JOINS),
            players: Buckets::new(PLAYER),
        }
    }
}

impl Guard {
    /// Counts a call of any kind.
    pub(super) fn call(&self, from: Option<AddressBlock>) -> Result<(), RateLimited> {
        self.take(|limits| &limits.calls, from)
    }

    /// Counts a new match.
    pub(super) fn creation(&self, from: Option<AddressBlock>) -> Result<(), RateLimited> {
        self.take(|limits| &limits.creations, from)
    }

    /// Counts an attempt to join.
    pub(super) fn join(&self, from: Option<AddressBlock>) -> Result<(), RateLimited> {
        self.take(|limits| &limits.joins, from)
    }

    /// Counts a call with this player's token.
    pub(super) fn call_of(&self, player: PlayerId) -> Result<(), RateLimited> {
        self.take(|limits| &limits.players, Some(player))
    }

    fn take<K: Clone + Hash + Eq>(
        &self,
        of: impl FnOnce(&Limits) -> &Buckets<K>,
        key: Option<K>,
    ) -> Result<(), RateLimited> {
        match (&self.limits, key) {
            (Some(limits), Some(key)) => of(limits).take(&key),
            _ => Ok(()),
        }
    }
}

struct Buckets<K: Clone + Hash + Eq> {
    limiter: RateLimiter<K, HashMapStateStore<K>, MonotonicClock>,
    taken: AtomicU32,
}

impl<K: Clone + Hash + Eq> Buckets<K> {
    fn new(quota: Quota) -> Self {
        Self {
            limiter: RateLimiter::hashmap_with_clock(quota, MonotonicClock),
            taken: AtomicU32::new(0),
        }
    }

    fn take(&self, key: &K) -> Result<(), RateLimited> {
        if self.taken.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.limiter.retain_recent();
        }
        self.limiter
            .check_key(key)
            .map_err(|until| RateLimited(until.wait_time_from(self.limiter.clock().now())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(address: &str) -> AddressBlock {
        AddressBlock::of(address.parse().unwrap())
    }

    #[test]
    fn addresses_of_one_network_are_one_block() {
        for (one, other, same) in [
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("2001:db8::1", "2001:db8::ffff:2", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
        ] {
            assert_eq!(block(one) == block(other), same, "{one} {other}");
        }
    }

    #[test]
    fn a_burst_is_allowed_and_then_calls_are_refused() {
        let limits = Limits::default();
        let flood =
            |from: AddressBlock| (0..1_000).find_map(|_| limits.creations.take(&from).err());
        let RateLimited(wait) = flood(block("192.0.2.1")).unwrap();
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(30));
        limits.creations.take(&block("192.0.2.2")).unwrap();
        limits.joins.take(&block("192.0.2.1")).unwrap();
    }

    #[test]
    fn full_buckets_are_removed() {
        let fast = Quota::per_second(number(1_000_000));
        let buckets = Buckets::new(fast);
        for key in 0..10 * SWEEP {
            buckets.take(&key).unwrap();
        }
        assert!(buckets.limiter.len() < 5 * SWEEP as usize);
    }
}
