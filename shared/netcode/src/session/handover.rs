//! Changes of role when the match gets another host: a guest that becomes the host, and a host that
//! becomes a guest.
//!
//! Both continue from the present that the local player has seen.
//!
//! Non-goals: the choice of the next host, which is the caller's.

use core::time::Duration;

use serde::de::DeserializeOwned;

use super::{Guest, Host, HostOptions};
use crate::{Epoch, Simulation};

impl<S: Simulation + DeserializeOwned> Guest<S> {
    /// The host of `epoch` that this guest becomes; `None` if the guest has no state yet.
    ///
    /// The host continues from the predicted present, so that the local player sees no correction,
    /// and the others hardly any.
    pub fn become_host(
        &mut self,
        epoch: Epoch,
        options: HostOptions,
        now: Duration,
    ) -> Option<Host<S>> {
        // A client that restarted may become the host of an epoch whose deltas it has received: no
        // sequence number may be used twice.
        let seq = self.last_seq(epoch);
        let (tick, state) = self.take_present()?;
        let slot = self.slot();
        Some(Host::resume(epoch, seq, tick, state, slot, options, now))
    }
}

impl<S: Simulation> Host<S> {
    /// The guest that this host becomes when the host of `epoch` replaces it.
    #[must_use]
    pub fn become_guest(&mut self, epoch: Epoch, jitter_seed: u64, now: Duration) -> Guest<S>
    where
        S: DeserializeOwned,
    {
        let past = (self.epoch(), self.tick(), self.state().clone());
        let shown = self.take_present();
        Guest::from_host(epoch, past, shown, self.local_slot(), jitter_seed, now)
    }
}
