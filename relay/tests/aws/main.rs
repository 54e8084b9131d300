//! Matches on AWS: IoT Core carries them, DynamoDB keeps them.
//!
//! What is computed is compared with what AWS's own tools compute. What AWS decides is played on
//! ministack, a local double of AWS, which `cargo xtask test --only aws` installs and names in
//! `LASTWILL_MINISTACK`.

/// The program, as its manual tells to start it.
mod command;
/// A running double with a user and a role.
mod double;
/// A whole match, renewals and new connections.
mod play;
/// Session policies.
mod policy;
/// Presigned URLs.
mod presign;
/// A relay on the double, and pilots in its matches.
mod rig;
/// What a ticket does not allow is refused.
mod scope;
/// A match without a server of one's own.
mod serverless;
/// Subscriptions to topics of SNS.
mod sns;
/// The template of `relay/deploy`, deployed.
mod stack;
/// Matches in a table.
mod store;
