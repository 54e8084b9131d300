//! What is on show in this frame: an arena in the predicted present, whoever steps it.
//!
//! Whoever drives play fills the stage; view, HUD and reports only read it, and deliberately know
//! neither session nor network.

use std::borrow::Cow;

use bevy::prelude::*;
use shared::protocol::Callsign;
use shared::sim::arena::{Arena, Event as Happening, Phase, Pilot, Ship};
use shared::sim::{MAX_SLOTS, Slot, Tick};
use shared::wire::{Roster, Say};

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Stage>()
        .add_message::<Happened>()
        .add_message::<Settled>()
        .add_message::<Said>()
        .configure_sets(
            Update,
            (
                FrameSystems::Drive,
                FrameSystems::Look,
                FrameSystems::Paint,
                FrameSystems::Show,
            )
                .chain(),
        );
}

/// The order of a frame.
#[derive(SystemSet, Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum FrameSystems {
    /// Play goes on; the stage is filled.
    Drive,
    /// The camera finds its place.
    Look,
    /// Everything is painted, from the back to the front.
    Paint,
    /// The paint becomes a mesh; texts follow.
    Show,
}

/// The frame's arena.
#[derive(Resource)]
pub(crate) struct Stage {
    /// The predicted present.
    pub(crate) arena: Arena,
    /// Its tick.
    pub(crate) tick: Tick,
    /// The part of the next tick that has passed, `0..1`.
    pub(crate) fraction: f32,
    /// If what had been predicted turned out wrong: the arena as it had been shown last.
    pub(crate) corrected: Option<Arena>,
    /// The slot that this player flies.
    pub(crate) own_slot: Option<Slot>,
    /// Whether this player only looks on.
    pub(crate) looks_on: bool,
    /// The slot that somebody who looks on looks at.
    pub(crate) watched: Option<Slot>,
    /// What people are called.
    pub(crate) callsigns: [Option<Callsign>; MAX_SLOTS],
    /// Whom this player does not want to hear: who was called so when that was said.
    muted: [Option<Callsign>; MAX_SLOTS],
}

impl Default for Stage {
    fn default() -> Self {
        Self {
            arena: Arena::new(0, 0),
            tick: Tick::default(),
            fraction: 0.0,
            corrected: None,
            own_slot: None,
            looks_on: false,
            watched: None,
            callsigns: [None; MAX_SLOTS],
            muted: [None; MAX_SLOTS],
        }
    }
}

impl Stage {
    /// Calls people what the roster calls them.
    pub(crate) fn take_callsigns(&mut self, roster: Option<&Roster>) {
        self.callsigns = [None; MAX_SLOTS];
        for seat in roster.iter().flat_map(|roster| &roster.seats) {
            self.callsigns[seat.slot.index()] = Some(seat.callsign);
        }
    }

    /// The time that the stage shows, in ticks.
    pub(crate) fn moment(&self) -> f64 {
        f64::from(self.tick.0) + f64::from(self.fraction)
    }

    /// The slot's ship, if somebody sits there.
    pub(crate) fn ship(&self, slot: Slot) -> Option<&Ship> {
        let ship = self.arena.ship(slot);
        (ship.pilot != Pilot::Empty).then_some(ship)
    }

    /// The ships that somebody sits in.
    pub(crate) fn ships(&self) -> impl Iterator<Item = (Slot, &Ship)> {
        Slot::all().filter_map(|slot| Some((slot, self.ship(slot)?)))
    }

    /// The ship that this player flies.
    pub(crate) fn own_ship(&self) -> Option<(Slot, &Ship)> {
        let slot = self.own_slot?;
        Some((slot, self.ship(slot)?))
    }

    /// The ship that the camera keeps to.
    pub(crate) fn followed_ship(&self) -> Option<(Slot, &Ship)> {
        let slot = self.own_slot.or(self.watched)?;
        Some((slot, self.ship(slot)?))
    }

    /// What the pilot of a slot is called.
    pub(crate) fn name(&self, slot: Slot) -> Cow<'_, str> {
        let number = slot.index() + 1;
        match &self.callsigns[slot.index()] {
            Some(callsign) => callsign.as_str().into(),
            // The roster may come later than the ship.
            None if self.arena.ship(slot).pilot == Pilot::Person => {
                format!("Pilot {number}").into()
            }
            None => format!("Bot {number}").into(),
        }
    }

    /// Whether this player does not want to hear the pilot of a slot.
    pub(crate) fn is_muted(&self, slot: Slot) -> bool {
        let muted = self.muted[slot.index()];
        muted.is_some() && muted == self.callsigns[slot.index()]
    }

    /// Hears the pilot of a slot no more, or again. A bot says nothing anyway.
    pub(crate) fn toggle_mute(&mut self, slot: Slot) {
        self.muted[slot.index()] = match self.is_muted(slot) {
            true => None,
            false => self.callsigns[slot.index()],
        };
    }

    /// Whether the results of a round stand.
    pub(crate) fn shows_results(&self) -> bool {
        self.arena.round().phase == Phase::Results
    }
}

/// Happened in the predicted present: worth a spark, not a line.
#[derive(Message, Clone, Copy, Debug)]
pub(crate) struct Happened(pub(crate) Happening);

/// Happened for good: worth a line.
#[derive(Message, Clone, Copy, Debug)]
pub(crate) struct Settled(pub(crate) Happening);

/// The stage shows another moment all at once: what is left of the last one is to be dropped.
#[derive(Event, Clone, Copy, Debug)]
pub(crate) struct Cut;

/// A pilot said something.
#[derive(Message, Clone, Debug)]
pub(crate) struct Said {
    pub(crate) slot: Slot,
    pub(crate) say: Say,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_takes_a_muted_pilot_s_seat_is_heard() {
        let slot = Slot::new(3).unwrap();
        let mut stage = Stage::default();
        stage.toggle_mute(slot);
        assert!(!stage.is_muted(slot), "there is nobody");

        stage.callsigns[3] = "Ada".parse().ok();
        stage.toggle_mute(slot);
        assert!(stage.is_muted(slot));
        stage.callsigns[3] = "Bob".parse().ok();
        assert!(!stage.is_muted(slot));
        stage.toggle_mute(slot);
        assert!(stage.is_muted(slot));
        stage.toggle_mute(slot);
        assert!(!stage.is_muted(slot));
    }
}
