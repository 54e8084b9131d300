//! The relay through its public interface: HTTP in process, MQTT over real sockets.

/// The limits of AWS IoT Core on the embedded broker.
mod aws_limits;
/// Another host takes over.
mod claims;
/// Last wills, takeovers, kicks and what ends with a match.
mod connections;
/// A killed host is replaced.
mod failover;
/// Limits, allowed origins and security headers.
mod guard;
/// Headless hosts and bots.
mod headless;
/// Who somebody is from match to match.
mod identity;
/// What tokens are signed with, and what is published of it.
mod keys;
/// The lobby API and its errors.
mod lobby_api;
/// Files, caching and compression of the browser client.
mod pages;
/// The latency of a live broker.
mod probe;
/// Recording and auditing a match.
mod record;
/// A killed relay goes on where it was.
mod restart;
/// Who may connect, publish and subscribe.
mod rights;
/// Relays that share a store, and callers that hang up.
mod sharing;
/// Announcements from Amazon SNS.
mod sns;
/// Where matches are kept.
mod store;
/// Clients that others wrote.
mod third_party;
/// HTTPS, WSS and MQTTS.
mod tls;

/// An issuer of ID tokens.
mod issuer;
/// A relay in a process of its own.
mod killable;
