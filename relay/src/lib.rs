//! The relay: the server of games over MQTT.
//!
//! It lists matches, issues tickets, keeps the membership of matches, and runs or connects to the
//! broker that carries them.
//!
//! - [`token`]: signed tokens, the passwords of tickets.
//! - [`broker`]: the brokers of matches, which enforce the rights of tickets.
//! - [`identity`] and [`oidc`]: player ids that stay the same from match to match, and accounts.
//! - [`lobby`]: matches, seats and tickets.
//! - [`store`]: storage of matches.
//! - [`persistence`]: a store and the signing key together.
//! - [`api`]: the lobby API, metrics and the browser client's files over HTTP.
//! - [`metrics`]: what is measured, for Prometheus.
//! - [`sns`]: announcements from Amazon SNS.
//! - [`tls`]: the relay's certificate.
//! - [`serve`]: all of that in one process, as `relay serve` runs it.
//! - `aws`: IoT Core, DynamoDB, SNS subscriptions and Lambda, with the feature `aws`.
//!
//! Non-goals: play. A match's authority is a client, its host.

pub mod api;
#[cfg(feature = "aws")]
pub mod aws;
pub mod broker;
pub mod default_match;
mod https;
pub mod identity;
pub mod lobby;
pub mod metrics;
pub mod oidc;
pub mod persistence;
pub mod serve;
pub mod sns;
mod socket;
pub mod store;
pub mod tls;
pub mod token;
