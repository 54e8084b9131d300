//! The host's list of who may sit where and who is really there.
//!
//! The roster grants a seat; a pilot appears in the arena with its first message and goes when it
//! leaves, or when nothing has been heard of it for [`GRACE`]. A seat is the relay's to free: here
//! it is only reported.

use core::time::Duration;

use crate::protocol::{PlayerId, Ticket, Topic};
use crate::session::Host;
use crate::sim::{Simulation, Slot};
use crate::wire::Roster;

/// How long a pilot that is not heard of keeps its ship, and its seat.
const GRACE: Duration = Duration::from_secs(20);

/// A seat of the roster that is not the host's own.
#[derive(Clone, Debug)]
struct Occupant {
    player: PlayerId,
    slot: Slot,
    topic: String,
    /// In the arena.
    present: bool,
    /// Given up: the relay may free the seat.
    left: bool,
    /// When the seat was granted, or the player's last will arrived.
    absent_since: Option<Duration>,
}

/// Who may sit where, as a host sees it.
#[derive(Clone, Debug, Default)]
pub(super) struct Seats {
    occupants: Vec<Occupant>,
}

/// Input topics to read, and to read no longer.
pub(super) struct Changed {
    pub(super) added: Vec<String>,
    pub(super) removed: Vec<String>,
}

impl Seats {
    /// The seats of a match that had another host: whoever sits in its arena may have left with
    /// that host, and whoever does not may be on the way.
    pub(super) fn resume<S: Simulation>(
        host: &mut Host<S>,
        roster: &Roster,
        ticket: &Ticket,
        now: Duration,
    ) -> Self {
        let mut seats = Self::default();
        seats.follow(host, roster, ticket, now);
        for slot in Slot::all() {
            if host.last_heard(slot).is_none() {
                continue;
            }
            match seats.occupants.iter_mut().find(|known| known.slot == slot) {
                Some(occupant) => occupant.present = true,
                None if roster.seats.iter().any(|seat| seat.slot == slot) => {}
                None => host.unseat(slot),
            }
        }
        seats
    }

    /// The input topics of all seats.
    pub(super) fn topics(&self) -> impl Iterator<Item = &str> {
        self.occupants
            .iter()
            .map(|occupant| occupant.topic.as_str())
    }

    /// Who is the best to take over: of those who fly, the one that was heard last.
    pub(super) fn successor<S: Simulation>(&self, host: &Host<S>) -> Option<PlayerId> {
        self.occupants
            .iter()
            .filter(|occupant| occupant.present && occupant.absent_since.is_none())
            .max_by_key(|occupant| host.last_heard(occupant.slot))
            .map(|occupant| occupant.player)
    }

    /// Takes a new roster.
    pub(super) fn follow<S: Simulation>(
        &mut self,
        host: &mut Host<S>,
        roster: &Roster,
        ticket: &Ticket,
        now: Duration,
    ) -> Changed {
        let mut changed = Changed {
            added: Vec::new(),
            removed: Vec::new(),
        };
        self.occupants.retain(|occupant| {
            let stays = roster
                .seats
                .iter()
                .any(|seat| seat.player == occupant.player && seat.slot == occupant.slot);
            if !stays {
                if occupant.present {
                    host.unseat(occupant.slot);
                }
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
                let topic = Topic::Input(ticket.match_id, seat.player).to_string();
                changed.added.push(topic.clone());
                self.occupants.push(Occupant {
                    player: seat.player,
                    slot: seat.slot,
                    topic,
                    present: false,
                    left: false,
                    absent_since: Some(now),
                });
            }
        }
        changed
    }

    /// Whose input topic this is.
    pub(super) fn of_topic(&self, topic: &str) -> Option<(PlayerId, Slot)> {
        self.occupants
            .iter()
            .find(|occupant| occupant.topic == topic)
            .map(|occupant| (occupant.player, occupant.slot))
    }

    /// The player sent something that only somebody who plays sends.
    pub(super) fn showed_up<S: Simulation>(
        &mut self,
        host: &mut Host<S>,
        player: PlayerId,
        now: Duration,
    ) {
        if let Some(occupant) = self.find(player) {
            occupant.left = false;
            occupant.absent_since = None;
            if !occupant.present {
                occupant.present = true;
                host.seat(occupant.slot, now);
            }
        }
    }

    /// The player's last will arrived; it may come back.
    pub(super) fn gone(&mut self, player: PlayerId, now: Duration) {
        if let Some(occupant) = self.find(player) {
            occupant.absent_since.get_or_insert(now);
        }
    }

    /// The player said good-bye.
    pub(super) fn left<S: Simulation>(&mut self, host: &mut Host<S>, player: PlayerId) {
        if let Some(occupant) = self.find(player) {
            occupant.leave(host);
        }
    }

    /// Gives up those who have been away for too long.
    pub(super) fn expire<S: Simulation>(&mut self, host: &mut Host<S>, now: Duration) {
        for occupant in self.occupants.iter_mut().filter(|occupant| !occupant.left) {
            let silent_since = host.last_heard(occupant.slot).filter(|_| occupant.present);
            let away = [occupant.absent_since, silent_since]
                .into_iter()
                .flatten()
                .min()
                .is_some_and(|since| now.saturating_sub(since) > GRACE);
            if away {
                occupant.leave(host);
            }
        }
    }

    /// Those who have not been given up.
    pub(super) fn players(&self) -> impl Iterator<Item = PlayerId> + '_ {
        self.occupants
            .iter()
            .filter(|occupant| !occupant.left)
            .map(|occupant| occupant.player)
    }

    fn find(&mut self, player: PlayerId) -> Option<&mut Occupant> {
        self.occupants
            .iter_mut()
            .find(|occupant| occupant.player == player)
    }
}

impl Occupant {
    fn leave<S: Simulation>(&mut self, host: &mut Host<S>) {
        if self.present {
            host.unseat(self.slot);
        }
        self.present = false;
        self.left = true;
    }
}
