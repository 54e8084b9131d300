//! The simulation floor: what the netcode asks of a game ([`Simulation`]), and the game
//! ([`arena`]).
//!
//! A simulation is deterministic on integers: the same state and the same decisions give the same
//! next state on every target. It deliberately knows no messages, no names of pilots and no time
//! but its own ticks.

pub mod arena;

use core::fmt;
use core::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Ticks in a second of play.
pub const TICK_RATE: u32 = 60;

/// The most pilots in one match, bots included.
pub const MAX_SLOTS: usize = 32;

/// What the netcode asks of a game.
///
/// People's decisions ([`join`](Self::join), [`leave`](Self::leave), [`steer`](Self::steer)) are
/// taken between two steps; everything else is [`step`](Self::step)'s.
/// Equal states must give equal next states and equal checksums on every target, and no decision
/// may panic: each can come from the network.
pub trait Simulation: Clone {
    /// What one pilot's hands do; held until it changes.
    type Controls: Copy + Default + PartialEq + fmt::Debug + Serialize + DeserializeOwned;
    /// Something that happened in a step and that a screen or a loudspeaker would show.
    type Event: Clone;

    /// A person takes the seat; a bot in it yields.
    fn join(&mut self, slot: Slot);
    /// The person in the seat is gone for good.
    fn leave(&mut self, slot: Slot);
    /// The person in the seat holds these controls from now on.
    fn steer(&mut self, slot: Slot, controls: Self::Controls);
    /// The controls that the person in the seat holds; `None` if no person sits there.
    fn controls(&self, slot: Slot) -> Option<Self::Controls>;
    /// One tick of [`TICK_RATE`], reporting what happened to `emit`.
    fn step(&mut self, emit: impl FnMut(Self::Event));
    /// A digest of the whole state, equal on every target for equal states.
    fn checksum(&self) -> u32;
}

/// A seat of the match, `0..MAX_SLOTS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Slot(u8);

impl Slot {
    /// The seat of this number, if there is one.
    #[must_use]
    pub const fn new(index: u8) -> Option<Self> {
        if (index as usize) < MAX_SLOTS {
            Some(Self(index))
        } else {
            None
        }
    }

    /// The seat's number, `0..MAX_SLOTS`.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Every seat, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..MAX_SLOTS as u8).map(Self)
    }
}

impl TryFrom<u8> for Slot {
    type Error = &'static str;

    fn try_from(index: u8) -> Result<Self, Self::Error> {
        Self::new(index).ok_or("there is no such slot")
    }
}

impl From<Slot> for u8 {
    fn from(slot: Slot) -> Self {
        slot.0
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A moment of a match: the state before the step of that number.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Tick(pub u32);

impl Tick {
    /// Ticks from `earlier` to `self`; negative if `self` came first.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0 as i64 - earlier.0 as i64
    }
}

impl Add<u32> for Tick {
    type Output = Self;

    fn add(self, ticks: u32) -> Self {
        Self(self.0.saturating_add(ticks))
    }
}

impl AddAssign<u32> for Tick {
    fn add_assign(&mut self, ticks: u32) {
        *self = *self + ticks;
    }
}

impl Sub<u32> for Tick {
    type Output = Self;

    fn sub(self, ticks: u32) -> Self {
        Self(self.0.saturating_sub(ticks))
    }
}

impl fmt::Display for Tick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
