//! The state of the arena and of its pilots that a frame shows.

use std::borrow::Cow;

use arena::MAX_SLOTS;
use arena::{Arena, Phase, Pilot, Ship};
use bevy::prelude::*;
use netcode::{Slot, Tick};
use protocol::Callsign;
use protocol::Roster;

/// What this frame shows.
#[derive(Resource)]
pub struct Stage {
    /// The predicted present.
    pub(crate) arena: Arena,
    /// Its tick.
    pub(crate) tick: Tick,
    /// The part of the next tick that has passed, `0..1`.
    pub(crate) fraction: f32,
    /// The arena as it was shown last, if a prediction was corrected since then.
    pub(crate) corrected: Option<Arena>,
    /// The slot that this player flies.
    pub(crate) own_slot: Option<Slot>,
    /// Whether this player has no ship, and watches.
    pub(crate) spectating: bool,
    /// The slot that a spectator follows.
    pub(crate) watched: Option<Slot>,
    /// By slot; bots have none.
    callsigns: [Option<Callsign>; MAX_SLOTS],
}

impl Default for Stage {
    fn default() -> Self {
        Self {
            arena: Arena::new(0, 0),
            tick: Tick::default(),
            fraction: 0.0,
            corrected: None,
            own_slot: None,
            spectating: false,
            watched: None,
            callsigns: [None; MAX_SLOTS],
        }
    }
}

impl Stage {
    /// Takes the callsigns of the roster.
    pub(super) fn set_callsigns(&mut self, roster: Option<&Roster>) {
        self.callsigns = [None; MAX_SLOTS];
        for seat in roster.iter().flat_map(|roster| &roster.seats) {
            if let Some(callsign) = self.callsigns.get_mut(seat.slot.index()) {
                *callsign = Some(seat.callsign);
            }
        }
    }

    /// The time that the frame shows, in ticks.
    pub(crate) fn moment(&self) -> f64 {
        f64::from(self.tick.0) + f64::from(self.fraction)
    }

    /// The ship in a slot, if the slot is not empty.
    #[must_use]
    pub fn ship(&self, slot: Slot) -> Option<&Ship> {
        let ship = self.arena.ships().get(slot.index())?;
        (ship.pilot != Pilot::Empty).then_some(ship)
    }

    /// All ships, by slot.
    pub fn ships(&self) -> impl Iterator<Item = (Slot, &Ship)> {
        Slot::first(MAX_SLOTS).filter_map(|slot| Some((slot, self.ship(slot)?)))
    }

    /// The ship that this player flies.
    #[must_use]
    pub fn own_ship(&self) -> Option<(Slot, &Ship)> {
        let slot = self.own_slot?;
        Some((slot, self.ship(slot)?))
    }

    /// The ship that the camera follows.
    pub(crate) fn followed_ship(&self) -> Option<(Slot, &Ship)> {
        let slot = self.own_slot.or(self.watched)?;
        Some((slot, self.ship(slot)?))
    }

    /// The name of the pilot in a slot.
    #[must_use]
    pub fn name(&self, slot: Slot) -> Cow<'_, str> {
        let number = slot.index() + 1;
        match self.callsigns.get(slot.index()).and_then(Option::as_ref) {
            Some(callsign) => callsign.as_str().into(),
            // The roster may arrive later than the ship.
            None if self
                .ship(slot)
                .is_some_and(|ship| ship.pilot == Pilot::Person) =>
            {
                format!("Pilot {number}").into()
            }
            None => format!("Bot {number}").into(),
        }
    }

    /// The callsign of the pilot in a slot, if it is a person and the roster is known.
    #[must_use]
    pub fn callsign(&self, slot: Slot) -> Option<Callsign> {
        *self.callsigns.get(slot.index())?
    }

    /// Whether a round is over and its results are shown.
    pub(crate) fn shows_results(&self) -> bool {
        self.arena.round().phase == Phase::Results
    }
}
