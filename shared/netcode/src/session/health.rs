//! Measurements of a running session.
//!
//! Non-goals: judging them; the user of a session decides what to show.

use core::time::Duration;

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
    /// Inputs that arrived after their tick.
    pub late_inputs: u32,
    /// For a guest: acknowledgements of its inputs.
    pub acknowledged: u32,
    /// Deltas that changed what had been predicted.
    pub corrections: u32,
    /// How often the session lost synchronisation and needed a keyframe.
    pub resyncs: u32,
    /// Payloads that were not a valid message of this match.
    pub rejected: u32,
    /// When the last delta arrived. `None` before the first, and for a host.
    pub last_delta: Option<Duration>,
}
