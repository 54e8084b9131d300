//! The game of a match and the version of its rules.
//!
//! Non-goals: the rules themselves.

use core::fmt;
use core::str::FromStr;

use arrayvec::ArrayString;
use serde::{Deserialize, Serialize};

use crate::InvalidId;

/// The longest id of a game, in bytes.
pub const MAX_GAME_ID: usize = 16;

/// The id of a game: 1 to [`MAX_GAME_ID`] characters of `[a-z0-9-]`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "ArrayString<64>", into = "ArrayString<MAX_GAME_ID>")]
pub struct GameId(ArrayString<MAX_GAME_ID>);

impl GameId {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for GameId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        match ArrayString::from(text) {
            Ok(id) if !id.is_empty() && id.bytes().all(allowed) => Ok(Self(id)),
            _ => Err(InvalidId(
                "a game's id is 1 to 16 lower-case letters, digits and hyphens",
            )),
        }
    }
}

impl TryFrom<ArrayString<64>> for GameId {
    type Error = InvalidId;

    fn try_from(text: ArrayString<64>) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<GameId> for ArrayString<MAX_GAME_ID> {
    fn from(id: GameId) -> Self {
        id.0
    }
}

impl fmt::Display for GameId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for GameId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// A game and the version of its rules: clients with different rules cannot be in one match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rules {
    /// The game.
    pub game: GameId,
    /// Its [`RULES_VERSION`](netcode::Simulation::RULES_VERSION).
    pub version: u32,
}

impl Rules {
    /// The rules of the game `game` in this version of the program.
    ///
    /// # Panics
    /// If `game` is not a valid id, which is a mistake in the program.
    #[must_use]
    pub fn of<S: netcode::Simulation>(game: &'static str) -> Self {
        match game.parse() {
            Ok(game) => Self {
                game,
                version: S::RULES_VERSION,
            },
            Err(InvalidId(why)) => panic!("{why}, not {game:?}"),
        }
    }
}

impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} version {}", self.game, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::GameId;

    #[test]
    fn game_ids_are_short_and_valid_in_topics() {
        for text in ["last-will", "a", "game-of-16-bytes"] {
            assert_eq!(text.parse::<GameId>().unwrap().as_str(), text);
        }
        for text in ["", "Last Will", "a/b", "a+", "seventeen-bytes-x"] {
            assert!(text.parse::<GameId>().is_err(), "{text}");
        }
    }
}
