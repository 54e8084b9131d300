//! The game of a match and the version of its rules.
//!
//! Non-goals: the rules themselves.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{GameId, InvalidId};

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
