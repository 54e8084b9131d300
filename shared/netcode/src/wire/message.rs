//! The messages of a match, laid out so that common values take one byte.
//!
//! Every collection has a fixed capacity, so a claimed length allocates nothing.

use arrayvec::ArrayVec;
use serde::{Deserialize, Serialize};

use crate::{Epoch, MAX_SEATS, Slot, Tick};

/// The most control changes in one input message.
pub const MAX_INPUTS: usize = 6;

/// The most changes in one delta.
pub const MAX_CHANGES: usize = 64;

/// The most earlier deltas that one delta repeats.
pub const MAX_REPEATS: usize = 4;

/// The most acknowledgements in one delta: one for each slot.
pub const MAX_ACKS: usize = MAX_SEATS;

/// All that a player publishes on its input topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Uplink<C, M> {
    /// Controls.
    Input(Input<C>),
    /// Chat or an emote, to be ordered with play by the host.
    Message(M),
    /// The sender is out of sync and wants a keyframe.
    WantKeyframe,
    /// The sender leaves for good.
    Leave,
    /// The sender's last will.
    Gone,
}

/// Controls with the ticks from which they hold: the newest last, after those that the host has
/// not acknowledged yet, so that a lost message costs nothing once the next one arrives.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "C: Serialize", deserialize = "C: Deserialize<'de>"))]
pub struct Input<C> {
    /// Oldest first, ticks strictly increasing.
    pub stamped: ArrayVec<Stamped<C>, MAX_INPUTS>,
    /// The sender's round trip to the host and back in ticks, as far as it counts; 0 until measured.
    pub round_trip: u8,
}

/// Controls and the tick from which the pilot saw them hold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stamped<C> {
    /// Also the input's name: a player stamps each tick at most once.
    pub tick: Tick,
    /// What the hands do.
    pub controls: C,
}

/// All that a host publishes on its delta topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every message is a delta; boxing it would allocate for each"
)]
pub enum Downlink<C, M> {
    /// What people decided.
    Delta(Delta<C, M>),
    /// The host's last will.
    Gone,
}

/// The part of the next state that stepping alone does not produce.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(
    serialize = "C: Serialize, M: Serialize",
    deserialize = "C: Deserialize<'de>, M: Deserialize<'de>"
))]
pub struct Delta<C, M> {
    /// Grows by one with each delta of an epoch.
    pub seq: u32,
    /// The tick whose state the receiver holds after applying this.
    pub tick: Tick,
    /// How many ticks this covers: it applies to the state of `tick - span`.
    pub span: u8,
    /// In the order in which they happened.
    pub changes: ArrayVec<Timed<C, M>, MAX_CHANGES>,
    /// The players whose inputs arrived since the last delta.
    pub acks: ArrayVec<Ack, MAX_ACKS>,
    /// The deltas before this one that `span` and `changes` begin with, for brokers that lose
    /// messages; oldest first.
    pub repeated: ArrayVec<Repeated, MAX_REPEATS>,
    /// Of the state at `tick`; fixed width, because digests have no common values.
    pub checksum: [u8; 4],
}

impl<C, M> Delta<C, M> {
    /// Whether it tells all that came after the `known`th delta, and something at all.
    #[must_use]
    pub fn follows(&self, known: u32) -> bool {
        self.seq
            .checked_sub(known)
            .is_some_and(|news| (1..=self.repeated.len() + 1).contains(&(news as usize)))
    }

    /// Without what the `known`th delta and those before it have told; `None` if it does not
    /// [follow](Self::follows) from that, or is not consistent.
    #[must_use]
    pub fn since(mut self, known: u32) -> Option<Self> {
        if !self.follows(known) {
            return None;
        }
        let fresh = (self.seq - known - 1) as usize;
        let told = self.repeated.len() - fresh;
        let (mut ticks, mut changes) = (0_u8, 0_usize);
        for part in self.repeated.drain(..told) {
            ticks = ticks.checked_add(part.span)?;
            changes += usize::from(part.changes);
        }
        self.span = self.span.checked_sub(ticks)?;
        if changes > self.changes.len() {
            return None;
        }
        self.changes.drain(..changes);
        for timed in &mut self.changes {
            timed.offset = timed.offset.checked_sub(ticks)?;
        }
        Some(self)
    }
}

/// The share that an earlier delta has in one that repeats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeated {
    /// Of its ticks.
    pub span: u8,
    /// How many of the changes are its.
    pub changes: u8,
}

/// A change, when and whose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timed<C, M> {
    /// Ticks after the delta's base, at most its span: it happened before the step of that tick,
    /// or after the last one if equal to the span.
    pub offset: u8,
    /// Whose.
    pub slot: Slot,
    /// What.
    pub change: Change<C, M>,
}

/// What people decide.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Change<C, M> {
    /// Other controls from now on.
    Steer(C),
    /// A person takes the seat.
    Join,
    /// The person in the seat is gone for good.
    Leave,
    /// Chat or an emote.
    Message(M),
}

/// Tells a player that its inputs up to one arrived, and how early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// Whose.
    pub slot: Slot,
    /// The newest input's tick, less the delta's.
    pub stamp: i16,
    /// Ticks from the input's arrival to its tick: negative if it came late.
    pub slack: i8,
}

/// A whole state, for those who hold none: late joiners and those who lost a delta.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Keyframe<S> {
    /// Whose log this belongs to.
    pub epoch: Epoch,
    /// The last delta before it.
    pub seq: u32,
    /// The state's tick.
    pub tick: Tick,
    /// The state.
    pub state: S,
}

/// The last will of a host or a player, encoded as [`Downlink::Gone`] or [`Uplink::Gone`].
///
/// A separate type, so that it can be encoded without naming the controls of a game.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// For a host's delta topic.
    Host,
    /// For a player's input topic.
    Player,
}

impl Gone {
    /// The will's payload.
    #[must_use]
    pub fn payload(self) -> Vec<u8> {
        match self {
            Self::Host => super::encode(&Downlink::<(), ()>::Gone),
            Self::Player => super::encode(&Uplink::<(), ()>::Gone),
        }
        .unwrap_or_default()
    }
}
