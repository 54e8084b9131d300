//! Test support for the relay: relays on free ports, MQTT clients and participants.
//!
//! Non-goals: doubles that only one test program needs, such as that of AWS; they are part of it.

pub mod conformance;
pub mod mqtt;
pub mod players;
pub mod port;
pub mod router;
pub mod scores;
pub mod server;

use std::time::Duration;

/// The time limit of a wait that normally takes moments, so that a broken test ends.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Polls until `condition` holds.
///
/// # Panics
/// If it does not hold within [`PATIENCE`].
pub async fn eventually(what: &str, condition: impl Fn() -> bool) {
    let holds = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, holds)
        .await
        .unwrap_or_else(|_| panic!("waited in vain until {what}"));
}
