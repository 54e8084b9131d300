//! Who was host and who sits where, as the relay told.

use std::collections::BTreeMap;

use netcode::Slot;
use protocol::Roster;
use protocol::{Epoch, PlayerId};

/// What all rosters together say.
#[derive(Clone, Debug, Default)]
pub(super) struct Rosters {
    /// Each epoch's host, and its seat if it flies.
    hosts: BTreeMap<Epoch, (PlayerId, Option<Slot>)>,
    /// The newest roster's seats.
    players: BTreeMap<Slot, PlayerId>,
}

impl Rosters {
    pub(super) fn take(&mut self, roster: &Roster) {
        let own = roster.seats.iter().find(|seat| seat.player == roster.host);
        let (_, slot) = self
            .hosts
            .entry(roster.epoch)
            .or_insert((roster.host, None));
        // A host that gives its seat up at the end has flown all the same.
        *slot = own.map(|seat| seat.slot).or(*slot);
        if self.hosts.keys().next_back() != Some(&roster.epoch) {
            return;
        }
        let seats = roster.seats.iter();
        self.players = seats.map(|seat| (seat.slot, seat.player)).collect();
    }

    /// The seat of the host of `epoch`; `Some(None)` if it does not fly, `None` if it is not known.
    pub(super) fn host_slot(&self, epoch: Epoch) -> Option<Option<Slot>> {
        self.hosts.get(&epoch).map(|(_, slot)| *slot)
    }

    /// The host of `epoch`.
    pub(super) fn host(&self, epoch: Epoch) -> Option<PlayerId> {
        self.hosts.get(&epoch).map(|(host, _)| *host)
    }

    /// Who sits in `slot` now.
    pub(super) fn player(&self, slot: Slot) -> Option<PlayerId> {
        self.players.get(&slot).copied()
    }
}
