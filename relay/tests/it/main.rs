//! The relay through its public interface: HTTP in process, MQTT over real sockets.

/// The limits of AWS IoT Core on the embedded broker.
mod aws_limits;
/// Claims and the replacement of hosts.
mod claims;
/// Last wills, replaced and ended connections, and the end of a match.
mod connections;
// The program's own module, because a library cannot be shared with it without depending on a game.
#[path = "../../src/bin/relay/default_match.rs"]
mod default_match;
/// A killed host is replaced.
mod failover;
/// Matches of several games on one relay.
mod games;
/// Rate limits, allowed origins and security headers.
mod guard;
/// Headless hosts and bots.
mod headless;
/// Identities, and accounts of an issuer.
mod identity;
/// Signing keys of tokens, and the published key set.
mod keys;
/// The lobby API and its errors.
mod lobby_api;
/// The metrics page, and the dashboard over it.
mod metrics;
/// ID tokens of an issuer.
mod oidc;
/// Files, caching and compression of the browser client.
mod pages;
/// Measuring the latency of a live broker.
mod probe;
/// Recording and auditing a match.
mod record;
/// The state of a killed relay.
mod restart;
/// The rights of each role.
mod rights;
/// Relays that share a store, and callers that hang up.
mod sharing;
/// Announcements from Amazon SNS.
mod sns;
/// Match stores.
mod store;
/// Third-party MQTT clients.
mod third_party;
/// HTTPS, WSS and MQTTS.
mod tls;

/// A double of an issuer of ID tokens.
mod issuer;
/// A relay in its own process, to be killed.
mod killable;
