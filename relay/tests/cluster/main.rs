//! Matches on an external broker: a cluster of three RMQTT nodes.
//!
//! The nodes are real and run in processes of their own. `cargo xtask test --only cluster` builds
//! them and names their program in `LASTWILL_CLUSTER_NODE`.

/// Running nodes.
mod cluster;
/// How long messages take between nodes.
mod delay;
/// A match whose nodes are killed.
mod play;
/// A relay on the cluster.
mod rig;
/// The rights of each role.
mod scope;
