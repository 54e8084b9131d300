//! Matches on an external broker: a cluster of three RMQTT nodes.
//!
//! The nodes are real and run in processes of their own. `cargo xtask test --only cluster` builds
//! them and names their program in `LASTWILL_CLUSTER_NODE`.

/// Running nodes.
mod cluster;
/// How long messages take between nodes.
mod delay;
/// An MQTT client that sends whatever it is told to, allowed or not.
#[path = "../it/mqtt.rs"]
#[expect(dead_code, reason = "of what it can do, scopes need a part")]
mod mqtt;
/// Participants who play.
#[path = "../it/pilots.rs"]
mod pilots;
/// A match whose nodes are killed.
mod play;
/// Ports for programs that are started again.
#[path = "../it/port.rs"]
mod port;
/// A relay on the cluster.
mod rig;
/// What a ticket does not allow is refused.
mod scope;
/// Who has collected how much.
#[path = "../it/scores.rs"]
mod scores;
