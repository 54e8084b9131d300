//! Chat messages and emotes.
//!
//! Non-goals: moderation, and how messages are displayed.

use netcode::Line;
use serde::{Deserialize, Serialize};

/// The longest chat line, in bytes.
pub const MAX_TEXT: usize = 80;

/// A chat line or an emote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Say {
    /// An emote.
    Emote(Emote),
    /// A line of chat.
    Text(Line<MAX_TEXT>),
}

/// An emote: a picture over the sender's ship.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Emote {
    /// "Hello."
    Hello,
    /// "Nice one."
    Nice,
    /// "Sorry."
    Sorry,
    /// "Ha ha."
    Laugh,
    /// "Help!"
    Help,
    /// "Good game."
    GoodGame,
}
