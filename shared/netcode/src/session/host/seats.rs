//! The seats of a hosted match: which are granted, and which players are present.
//!
//! The caller grants and revokes seats. A player joins the simulation with its first payload and
//! leaves it when it says so, or when nothing has been received from it for [`SEAT_GRACE`]; the
//! grant stays until it is revoked.
//!
//! Non-goals: the simulation; [`Host`](super::Host) applies joins and leaves to the state.

use core::time::Duration;

use crate::{Simulation, Slot};

use super::player::Player;

/// How long a silent player stays in the simulation.
pub const SEAT_GRACE: Duration = Duration::from_secs(20);

/// One seat.
#[derive(Clone, Debug)]
pub(super) struct Seat<C> {
    /// The player in the simulation.
    pub(super) player: Option<Player<C>>,
    granted: bool,
    /// The player left, or its grace period is over.
    vacated: bool,
    /// When the seat was granted, or the player's last will arrived, if nothing arrived since.
    absent_since: Option<Duration>,
}

/// All seats of a match, by [`Slot::index`].
#[derive(Clone, Debug)]
pub(super) struct Seats<C> {
    seats: Vec<Seat<C>>,
}

impl<C: Copy> Seats<C> {
    pub(super) fn new<S: Simulation<Controls = C>>() -> Self {
        let empty = Seat {
            player: None,
            granted: false,
            vacated: false,
            absent_since: None,
        };
        Self {
            seats: vec![empty; S::SEATS],
        }
    }

    pub(super) fn get(&self, slot: Slot) -> Option<&Seat<C>> {
        self.seats.get(slot.index())
    }

    pub(super) fn get_mut(&mut self, slot: Slot) -> Option<&mut Seat<C>> {
        self.seats.get_mut(slot.index())
    }

    pub(super) fn player(&self, slot: Slot) -> Option<&Player<C>> {
        self.get(slot)?.player.as_ref()
    }

    pub(super) fn player_mut(&mut self, slot: Slot) -> Option<&mut Player<C>> {
        self.get_mut(slot)?.player.as_mut()
    }

    pub(super) fn players(&self) -> impl Iterator<Item = &Player<C>> {
        self.seats.iter().filter_map(|seat| seat.player.as_ref())
    }

    pub(super) fn players_mut(&mut self) -> impl Iterator<Item = (Slot, &mut Player<C>)> {
        Slot::first(self.seats.len())
            .zip(&mut self.seats)
            .filter_map(|(slot, seat)| Some((slot, seat.player.as_mut()?)))
    }

    /// The granted seats that have not been given up.
    pub(super) fn occupied(&self) -> impl Iterator<Item = Slot> {
        self.with_slots()
            .filter(|(_, seat)| seat.granted && !seat.vacated)
            .map(|(slot, _)| slot)
    }

    /// The present player that was heard last.
    pub(super) fn heard_last(&self) -> Option<Slot> {
        self.with_slots()
            .filter(|(_, seat)| seat.granted && seat.absent_since.is_none())
            .filter_map(|(slot, seat)| Some((slot, seat.player.as_ref()?.last_heard)))
            .max_by_key(|(_, heard)| *heard)
            .map(|(slot, _)| slot)
    }

    /// The granted seats whose player has been absent for too long.
    pub(super) fn expired(&self, now: Duration) -> Vec<Slot> {
        self.with_slots()
            .filter(|(_, seat)| seat.granted && !seat.vacated)
            .filter(|(_, seat)| {
                let heard = seat.player.as_ref().map(|player| player.last_heard);
                [seat.absent_since, heard]
                    .into_iter()
                    .flatten()
                    .min()
                    .is_some_and(|since| now.saturating_sub(since) > SEAT_GRACE)
            })
            .map(|(slot, _)| slot)
            .collect()
    }

    fn with_slots(&self) -> impl Iterator<Item = (Slot, &Seat<C>)> {
        Slot::first(self.seats.len()).zip(&self.seats)
    }
}

impl<C> Seat<C> {
    /// Whether the seat is granted to a player.
    pub(super) const fn is_granted(&self) -> bool {
        self.granted
    }

    /// Grants the seat to a player that is not known to be present.
    pub(super) const fn grant(&mut self, now: Duration) {
        self.granted = true;
        self.vacated = false;
        self.absent_since = Some(now);
    }

    /// Ends the grant.
    pub(super) const fn revoke(&mut self) {
        self.granted = false;
        self.vacated = false;
        self.absent_since = None;
    }

    /// Notes a payload that only a present player sends.
    pub(super) const fn mark_present(&mut self) {
        self.vacated = false;
        self.absent_since = None;
    }

    /// Notes the player's last will; the player may come back.
    pub(super) fn mark_gone(&mut self, now: Duration) {
        self.absent_since.get_or_insert(now);
    }

    /// Notes that the player left or its grace period is over.
    pub(super) const fn vacate(&mut self) {
        self.vacated = true;
    }
}
