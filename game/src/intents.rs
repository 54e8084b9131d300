//! What the player wants, as events: input triggers them, and the layers that can carry them out
//! observe them.

use arena::Say;
use bevy::prelude::Event;
use protocol::Code;

/// Get a ticket for a match and play it, or watch it.
#[derive(Event, Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchIntent {
    /// Any match with people, else a new one.
    QuickPlay,
    /// A new match.
    Host,
    /// This match.
    Join(Code),
    /// This match, without a ship.
    Watch(Code),
}

/// Give up the ticket request that is under way, if there is one.
#[derive(Event, Clone, Copy, Debug)]
pub struct CancelRequest;

/// Leave the match, and show the title.
#[derive(Event, Clone, Copy, Debug)]
pub struct LeaveMatch;

/// Say something to everybody in the match.
#[derive(Event, Clone, Debug)]
pub struct SendChat(pub Say);

/// As a spectator, follow the next pilot or the previous one.
#[derive(Event, Clone, Copy, Debug)]
pub enum SwitchWatched {
    /// The pilot in the next slot that is not empty.
    Next,
    /// The pilot in the previous one.
    Previous,
}
