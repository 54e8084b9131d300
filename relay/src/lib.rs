//! The relay: the server program of Last Will.
//!
//! It lets people find a match and gives them the right to take part in it. It deliberately takes
//! no part in play: a match's authority is a client that holds the host's ticket.
//!
//! - [`token`]: signed tokens, the passwords of tickets.
//! - [`broker`]: what carries the matches, and enforces what tickets allow.
//! - [`identity`] and [`oidc`]: who somebody is from match to match, and who vouches for it.
//! - [`lobby`]: matches, seats and tickets.
//! - [`store`]: where matches are kept, so that they outlive the process.
//! - [`persistence`]: the store of a relay and the key of its tokens.
//! - [`api`]: the lobby, metrics and the browser client's files over HTTP.
//! - [`sns`]: announcements from Amazon SNS.
//! - [`tls`]: the certificate of what the relay serves itself.
//! - [`serve`]: all of that in one process, as `relay serve` runs it.
//! - `aws`: IoT Core, DynamoDB, SNS and Lambda, with the feature `aws`.

pub mod api;
#[cfg(feature = "aws")]
pub mod aws;
pub mod broker;
mod house;
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
