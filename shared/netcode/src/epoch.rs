//! Numbers of successive hosts.
//!
//! Non-goals: deciding who hosts an epoch.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Counts the hosts of a match: increases by one whenever another host takes over.
///
/// Messages of a replaced host carry a lower epoch and are ignored.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Epoch(pub u32);

impl Epoch {
    /// The epoch of the next host.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
