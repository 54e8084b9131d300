//! What happened, for later layers: written by `online` and `play`, read by everything that shows
//! it.

use arena::Event as ArenaEvent;
use arena::Say;
use bevy::prelude::*;
use netcode::Slot;
use protocol::Announcement;
use protocol::Ticket;

pub(crate) fn plugin(app: &mut App) {
    app.add_message::<PredictedEvent>()
        .add_message::<ConfirmedEvent>()
        .add_message::<ChatReceived>()
        .add_message::<AnnouncementReceived>()
        .add_message::<MatchEnded>();
}

/// The relay granted what a [`MatchIntent`](crate::intents::MatchIntent) asked for.
#[derive(Event, Clone, Debug)]
pub struct TicketGranted {
    /// The right to take part.
    pub ticket: Ticket,
    /// Whether the match is new, so that the holder creates its first state.
    pub created: bool,
}

/// The match is over for this player.
#[derive(Message, Clone, Debug)]
pub struct MatchEnded {
    /// In words, why, and what to do.
    pub reason: String,
}

/// Happened in the predicted present, which may turn out wrong: for effects that do not last.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct PredictedEvent(pub ArenaEvent);

/// Happened for good: for what stays to be read.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct ConfirmedEvent(pub ArenaEvent);

/// A pilot who is not muted said something.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct ChatReceived {
    /// The pilot's slot.
    pub slot: Slot,
    /// What was said.
    pub say: Say,
}

/// The relay announced something.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct AnnouncementReceived(pub Announcement);

/// The next frame shows another moment: effects of earlier ones are to be dropped.
#[derive(Event, Clone, Copy, Debug)]
pub struct SceneCut;
