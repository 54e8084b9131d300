//! The session floor: turns messages into a live match.
//!
//! [`Host`] is the authority: it steps the one true state in real time and publishes what people
//! decided. [`Guest`] follows: it keeps the *confirmed* state (the last delta applied) and the
//! *predicted* one, which is the confirmed state stepped to the tick at which an input sent now
//! would reach the host.
//!
//! Both are sans-I/O state machines, generic over [`Simulation`](crate::sim::Simulation): bytes
//! and the time go in, payloads come out. They deliberately know no topic, no socket, no clock and
//! no ship.

mod clock;
pub(crate) mod confirmed;
mod guest;
mod history;
mod host;
mod inputs;
mod options;
mod prediction;
mod window;

pub use guest::{Guest, Sync};
pub use history::History;
pub use host::Host;
pub use options::{HostOptions, InvalidOption, Pace};

use core::time::Duration;

use crate::sim::{Slot, Tick};
use crate::wire::Say;

/// What a payload that a session wants published is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// For the epoch's delta topic.
    Delta,
    /// For the epoch's keyframe topic, retained.
    Keyframe,
    /// For the player's input topic.
    Uplink,
}

/// Something that a screen shows and that stepping alone does not tell.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice<E> {
    /// A pilot said something.
    Said {
        /// Who.
        slot: Slot,
        /// What.
        say: Say,
    },
    /// Happened in the predicted present; may turn out not to have happened.
    Predicted(E),
    /// Happened for good.
    Confirmed {
        /// When.
        tick: Tick,
        /// What.
        event: E,
    },
}

/// How well a session runs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Health {
    /// From an input's sending to its acknowledgement, less the time that the host held it;
    /// the median of the last few. For a host, the median of its guests'. `None` until measured.
    pub round_trip: Option<Duration>,
    /// Ticks by which the predicted state leads the confirmed one, or the host's.
    pub lead: u32,
    /// Ticks by which the last acknowledged input was early; negative if it was late.
    pub slack: i8,
    /// Inputs that came too late for their tick.
    pub late_inputs: u32,
    /// For a guest: acknowledgements of its inputs.
    pub acknowledged: u32,
    /// Deltas that changed what had been predicted.
    pub corrections: u32,
    /// How often the session lost the thread and needed a keyframe.
    pub resyncs: u32,
    /// Payloads that were no valid message of this match.
    pub rejected: u32,
    /// When the last delta came. `None` before the first, and for a host.
    pub last_delta: Option<Duration>,
}
