//! The two sessions of a match, which turn payloads into a live state.
//!
//! [`Host`] is the authority: it steps the state in real time and publishes what people decided.
//! [`Guest`] follows: it keeps the *confirmed* state (after the last delta applied) and the
//! *predicted* one, which is the confirmed state stepped to the tick at which an input sent now
//! would reach the host.
//!
//! Both are sans-I/O state machines, generic over [`Simulation`](crate::Simulation): payloads and
//! the time go in, payloads come out.
//!
//! Non-goals: topics, sockets and clocks.

mod clock;
mod confirmed;
mod guest;
mod handover;
mod health;
mod history;
mod host;
mod inputs;
mod late;
mod notice;
mod options;
mod prediction;
mod rate;
mod window;

pub use confirmed::{apply_change, apply_delta};
pub use guest::{Guest, Sync};
pub use health::Health;
pub use history::History;
pub use host::{Host, SEAT_GRACE, StateTooLarge};
pub use late::{is_due, is_too_far_ahead, max_ahead};
pub use notice::{Notice, NoticeOf};
pub use options::{HostOptions, InvalidOption, Pace};

/// The kind of a payload that a session publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// For the epoch's delta topic.
    Delta,
    /// For the epoch's keyframe topic, retained.
    Keyframe,
    /// A part of a keyframe that does not fit into one payload: for the epoch's keyframe topic, not
    /// retained.
    KeyframePart,
    /// For the player's input topic.
    Uplink,
}
