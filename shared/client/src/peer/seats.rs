//! The seats that a host has granted to the players in the roster.
//!
//! Non-goals: whether a player is present, which the host's session knows.

use core::time::Duration;

use netcode::{Host, Simulation, Slot};
use protocol::{PlayerId, Roster, Ticket, Topic};

/// A seat of the roster that is not the local player's.
#[derive(Clone, Debug)]
struct Occupant {
    player: PlayerId,
    slot: Slot,
    /// The player's input topic.
    topic: String,
}

/// The seats that a host has granted.
#[derive(Clone, Debug, Default)]
pub(super) struct Seats {
    occupants: Vec<Occupant>,
}

/// Input topics to subscribe to, and to unsubscribe from.
#[derive(Debug, Default)]
pub(super) struct Changed {
    pub(super) added: Vec<String>,
    pub(super) removed: Vec<String>,
}

impl Seats {
    /// The seats of a match that another client has hosted: players in the state keep their seats if
    /// the roster lists them.
    pub(super) fn resume<S: Simulation>(
        host: &mut Host<S>,
        roster: &Roster,
        ticket: &Ticket,
        now: Duration,
    ) -> Self {
        let mut seats = Self::default();
        let listed = |slot: Slot| roster.seats.iter().any(|seat| seat.slot == slot);
        for slot in S::slots().filter(|slot| !listed(*slot)) {
            host.revoke(slot);
        }
        for seat in &roster.seats {
            if seat.player != ticket.player {
                seats.add(ticket, seat.player, seat.slot);
                if !host.is_granted(seat.slot) {
                    host.grant(seat.slot, now);
                }
            }
        }
        seats
    }

    /// The input topics of all seats.
    pub(super) fn topics(&self) -> Vec<&str> {
        self.occupants
            .iter()
            .map(|occupant| occupant.topic.as_str())
            .collect()
    }

    /// Grants and revokes seats to match a new roster.
    pub(super) fn follow<S: Simulation>(
        &mut self,
        host: &mut Host<S>,
        roster: &Roster,
        ticket: &Ticket,
        now: Duration,
    ) -> Changed {
        let mut changed = Changed::default();
        self.occupants.retain(|occupant| {
            let stays = roster
                .seats
                .iter()
                .any(|seat| seat.player == occupant.player && seat.slot == occupant.slot);
            if !stays {
                host.revoke(occupant.slot);
                changed.removed.push(occupant.topic.clone());
            }
            stays
        });
        for seat in &roster.seats {
            let known = self
                .occupants
                .iter()
                .any(|known| known.player == seat.player);
            if !known && seat.player != ticket.player {
                host.grant(seat.slot, now);
                changed
                    .added
                    .push(self.add(ticket, seat.player, seat.slot).topic.clone());
            }
        }
        // A player whose slot has changed keeps its input topic.
        changed
            .removed
            .retain(|topic| !changed.added.contains(topic));
        changed
    }

    fn add(&mut self, ticket: &Ticket, player: PlayerId, slot: Slot) -> &Occupant {
        let topic = Topic::Input(ticket.match_id, player).to_string();
        self.occupants.push_mut(Occupant {
            player,
            slot,
            topic,
        })
    }

    /// The slot whose player publishes on this topic.
    pub(super) fn of_topic(&self, topic: &str) -> Option<Slot> {
        self.occupants
            .iter()
            .find(|occupant| occupant.topic == topic)
            .map(|occupant| occupant.slot)
    }

    /// The player in a slot.
    pub(super) fn player(&self, slot: Slot) -> Option<PlayerId> {
        self.occupants
            .iter()
            .find(|occupant| occupant.slot == slot)
            .map(|occupant| occupant.player)
    }
}
