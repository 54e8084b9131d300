//! How a host's seats change hands.
//!
//! Non-goals: which player a seat belongs to; the caller grants and revokes seats.

use core::time::Duration;

use crate::wire::Change;
use crate::{Simulation, Slot};

use super::Host;
use super::local::LocalPlayer;
use super::player::Player;
use super::seats::Seat;

impl<S: Simulation> Host<S> {
    /// Grants a seat to a player, who joins the simulation with its first payload.
    ///
    /// If the seat is already granted, the player in it leaves.
    pub fn grant(&mut self, slot: Slot, now: Duration) {
        self.remove(slot);
        if let Some(seat) = self.seats.get_mut(slot) {
            seat.grant(now);
        }
    }

    /// Ends a grant; the player in the seat leaves.
    pub fn revoke(&mut self, slot: Slot) {
        self.remove(slot);
        if let Some(seat) = self.seats.get_mut(slot) {
            seat.revoke();
        }
    }

    /// Whether a seat is granted to a player.
    #[must_use]
    pub fn is_granted(&self, slot: Slot) -> bool {
        self.seats.get(slot).is_some_and(Seat::is_granted)
    }

    /// Seats the local player. Without effect if the game does not have the seat.
    pub fn seat_local(&mut self, slot: Slot, now: Duration) {
        if slot.index() < S::SEATS {
            self.insert(slot, now);
            self.local
                .get_or_insert_with(|| LocalPlayer::new(slot, S::Controls::default()));
        }
    }

    /// A player takes the seat; without effect if it is taken.
    pub(super) fn insert(&mut self, slot: Slot, now: Duration) {
        let Some(seat) = self.seats.get_mut(slot) else {
            return;
        };
        if seat.player.is_none() {
            seat.player = Some(Player::new(now));
            self.state.join(slot);
            self.record(slot, Change::Join);
            self.log.want_keyframe();
        }
    }

    /// The player in the seat leaves for good; without effect if it is empty.
    fn remove(&mut self, slot: Slot) {
        let player = self.seats.get_mut(slot).and_then(|seat| seat.player.take());
        if player.is_some() {
            self.state.leave(slot);
            self.record(slot, Change::Leave);
        }
    }

    /// Removes the players that have been silent for [`SEAT_GRACE`](super::SEAT_GRACE). Their grants stay.
    pub fn expire(&mut self, now: Duration) {
        for slot in self.seats.expired(now) {
            self.vacate(slot);
        }
    }

    /// The player in the seat leaves, and its grant no longer counts as occupied.
    pub(super) fn vacate(&mut self, slot: Slot) {
        self.remove(slot);
        if let Some(seat) = self.seats.get_mut(slot) {
            seat.vacate();
        }
    }

    /// The granted seats whose players are present or may still appear.
    pub fn occupied(&self) -> impl Iterator<Item = Slot> + '_ {
        self.seats.occupied()
    }

    /// The seat to hand the match over to: of the players that are present, the one whose last
    /// payload is the newest.
    #[must_use]
    pub fn successor(&self) -> Option<Slot> {
        self.seats.heard_last()
    }

    /// When the last payload of the player in the seat arrived; `None` if the seat is empty.
    #[must_use]
    pub fn last_heard(&self, slot: Slot) -> Option<Duration> {
        self.seats.player(slot).map(|player| player.last_heard)
    }
}
