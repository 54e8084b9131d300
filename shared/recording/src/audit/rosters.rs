//! Hosts and seats, as the relay has published them.
//!
//! Non-goals: past seats of the same epoch.

use std::collections::BTreeMap;

use netcode::Slot;
use protocol::Roster;
use protocol::{Epoch, PlayerId};

/// The contents of all rosters.
#[derive(Clone, Debug, Default)]
pub(super) struct Rosters {
    /// The host of each epoch, and its seat if it is a player too.
    hosts: BTreeMap<Epoch, (PlayerId, Option<Slot>)>,
    /// The seats of the newest roster.
    players: BTreeMap<Slot, PlayerId>,
}

impl Rosters {
    pub(super) fn add(&mut self, roster: &Roster) {
        let own = roster.seats.iter().find(|seat| seat.player == roster.host);
        let (_, slot) = self
            .hosts
            .entry(roster.epoch)
            .or_insert((roster.host, None));
        // A host that has given up its seat was a player before.
        *slot = own.map(|seat| seat.slot).or(*slot);
        if self.hosts.keys().next_back() != Some(&roster.epoch) {
            return;
        }
        let seats = roster.seats.iter();
        self.players = seats.map(|seat| (seat.slot, seat.player)).collect();
    }

    /// The seat of the host of `epoch`: `Some(None)` if it has no seat, `None` if the host is not
    /// known.
    pub(super) fn host_slot(&self, epoch: Epoch) -> Option<Option<Slot>> {
        self.hosts.get(&epoch).map(|(_, slot)| *slot)
    }

    /// The host of `epoch`.
    pub(super) fn host(&self, epoch: Epoch) -> Option<PlayerId> {
        self.hosts.get(&epoch).map(|(host, _)| *host)
    }

    /// The player in `slot`, by the newest roster.
    pub(super) fn player(&self, slot: Slot) -> Option<PlayerId> {
        self.players.get(&slot).copied()
    }
}
