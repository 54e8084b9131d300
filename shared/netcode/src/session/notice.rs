//! What a session reports for presentation, in addition to the state.
//!
//! Non-goals: joins and leaves, which the state shows.

use crate::{Simulation, Slot, Tick};

/// Something that the state alone does not show.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice<E, M> {
    /// A player sent a message.
    Message {
        /// The sender's seat.
        slot: Slot,
        /// The message.
        message: M,
    },
    /// Happened in the predicted present; a correction may revoke it.
    Predicted(E),
    /// Happened in the confirmed past.
    Confirmed {
        /// When.
        tick: Tick,
        /// What.
        event: E,
    },
}

/// The notices of a game.
pub type NoticeOf<S> = Notice<<S as Simulation>::Event, <S as Simulation>::Message>;
