//! The state of the arena and of its pilots that a frame shows.

use std::borrow::Cow;

use bevy::prelude::*;
use shared::protocol::Callsign;
use shared::sim::arena::{Arena, Phase, Pilot, Ship};
use shared::sim::{MAX_SLOTS, Slot, Tick};
use shared::wire::Roster;

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
            self.callsigns[seat.slot.index()] = Some(seat.callsign);
        }
    }

    /// The time that the frame shows, in ticks.
    pub(crate) fn moment(&self) -> f64 {
        f64::from(self.tick.0) + f64::from(self.fraction)
    }

    /// The ship in a slot, if the slot is not empty.
    #[must_use]
    pub fn ship(&self, slot: Slot) -> Option<&Ship> {
        let ship = self.arena.ship(slot);
        (ship.pilot != Pilot::Empty).then_some(ship)
    }

    /// All ships, by slot.
    pub fn ships(&self) -> impl Iterator<Item = (Slot, &Ship)> {
        Slot::all().filter_map(|slot| Some((slot, self.ship(slot)?)))
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
        match &self.callsigns[slot.index()] {
            Some(callsign) => callsign.as_str().into(),
            // The roster may arrive later than the ship.
            None if self.arena.ship(slot).pilot == Pilot::Person => {
                format!("Pilot {number}").into()
            }
            None => format!("Bot {number}").into(),
        }
    }

    /// The callsign of the pilot in a slot, if it is a person and the roster is known.
    #[must_use]
    pub fn callsign(&self, slot: Slot) -> Option<Callsign> {
        self.callsigns[slot.index()]
    }

    /// Whether a round is over and its results are shown.
    pub(crate) fn shows_results(&self) -> bool {
        self.arena.round().phase == Phase::Results
    }
}
