//! Matches on AWS: IoT Core carries them, DynamoDB keeps them.
//!
//! What is computed is compared with what AWS's own tools compute. What AWS decides is played on
//! ministack, a local double of AWS, which `cargo xtask test --only aws` installs and names in
//! `LASTWILL_MINISTACK`.

/// The program, started as documented.
mod command;
/// A double of AWS with a user and a role.
mod double;
/// Whole matches, renewals and reconnections.
mod play;
/// Session policies.
mod policy;
/// Presigned URLs.
mod presign;
/// A relay on the double, and pilots in its matches.
mod rig;
/// The rights of each role.
mod scope;
/// Matches on Lambda.
mod serverless;
/// Subscriptions to topics of SNS.
mod sns;
/// The deployed template of `relay/deploy`.
mod stack;
/// The store in a table.
mod store;
