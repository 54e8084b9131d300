//! The messages of a match, laid out so that common values take one byte.
//!
//! Every collection has a fixed capacity, so that a length in remote bytes allocates nothing.
//!
//! Non-goals: their encoding, which is in [`wire`](super).

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

/// What a player publishes on its input topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Uplink<C, M> {
    /// Controls.
    Input(Input<C>),
    /// A message to all, which the host puts in order with the inputs.
    Message(M),
    /// The sender is not synchronised and requests a keyframe.
    WantKeyframe,
    /// The sender leaves for good.
    Leave,
    /// The sender's last will.
    Gone,
}

/// Controls with the ticks from which they hold: the newest, after those that the host has not
/// acknowledged yet, so that the next message makes up for a lost one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "C: Serialize", deserialize = "C: Deserialize<'de>"))]
pub struct Input<C> {
    /// Oldest first, ticks strictly increasing.
    pub stamped: ArrayVec<Stamped<C>, MAX_INPUTS>,
    /// The sender's round trip to the host and back in ticks, saturating; 0 until measured.
    pub round_trip: u8,
}

/// Controls and the tick of the sender's predicted present from which they hold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stamped<C> {
    /// Identifies the input: a player stamps each tick at most once.
    pub tick: Tick,
    /// What the input device does.
    pub controls: C,
}

/// What a host publishes on its delta topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every message is a delta; boxing it would allocate for each"
)]
pub enum Downlink<C, M> {
    /// What the players decided.
    Delta(Delta<C, M>),
    /// The host's last will.
    Gone,
}

/// What the players decided since the last delta: all of the next state that stepping alone does
/// not produce.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(
    serialize = "C: Serialize, M: Serialize",
    deserialize = "C: Deserialize<'de>, M: Deserialize<'de>"
))]
pub struct Delta<C, M> {
    /// Increases by one with each delta of an epoch.
    pub seq: u32,
    /// The tick whose state the receiver holds after applying this.
    pub tick: Tick,
    /// How many ticks this covers: it applies to the state of `tick - span`.
    pub span: u8,
    /// What was decided, in order.
    pub changes: ArrayVec<Timed<C, M>, MAX_CHANGES>,
    /// The players whose inputs arrived since the last delta.
    pub acks: ArrayVec<Ack, MAX_ACKS>,
    /// The earlier deltas that this one repeats, for brokers that lose messages: `span` and `changes`
    /// begin with theirs; oldest first.
    pub repeated: ArrayVec<Repeated, MAX_REPEATS>,
    /// The state's at `tick`, little-endian; of fixed width, because digests have no common values.
    pub checksum: [u8; 4],
}

impl<C, M> Delta<C, M> {
    /// Whether it contains all deltas after the one numbered `known`, and at least one.
    #[must_use]
    pub fn follows(&self, known: u32) -> bool {
        self.seq
            .checked_sub(known)
            .is_some_and(|news| (1..=self.repeated.len() + 1).contains(&(news as usize)))
    }

    /// What it contains after the delta numbered `known`; `None` if it does not
    /// [follow](Self::follows) that one, or is inconsistent.
    #[must_use]
    pub fn since(mut self, known: u32) -> Option<Self> {
        if !self.follows(known) {
            return None;
        }
        let fresh = (self.seq - known - 1) as usize;
        let applied = self.repeated.len() - fresh;
        let (mut ticks, mut changes) = (0_u8, 0_usize);
        for part in self.repeated.drain(..applied) {
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

/// The part of a delta that repeats an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeated {
    /// The number of its ticks.
    pub span: u8,
    /// The number of its changes.
    pub changes: u8,
}

/// A change, with its time and its player.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timed<C, M> {
    /// Ticks after the delta's base, at most its span: the change precedes the step of that tick, or
    /// follows the last step if it equals the span.
    pub offset: u8,
    /// The player's seat.
    pub slot: Slot,
    /// What was decided.
    pub change: Change<C, M>,
}

/// What a player decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Change<C, M> {
    /// Other controls from now on.
    Steer(C),
    /// The player takes the seat.
    Join,
    /// The player leaves for good.
    Leave,
    /// A message to all; it does not change the state.
    Message(M),
}

/// Acknowledges a player's inputs up to one, with the time by which that one was early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// The player's seat.
    pub slot: Slot,
    /// The newest input's tick, less the delta's.
    pub stamp: i16,
    /// Ticks from the input's arrival to its tick: negative if it came late.
    pub slack: i8,
}

/// A whole state, for late joiners and for guests that lost a delta.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Keyframe<S> {
    /// The epoch of the log that it belongs to.
    pub epoch: Epoch,
    /// The number of the last delta before it.
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
