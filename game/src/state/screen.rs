//! The screen that is shown.

use bevy::prelude::*;

/// What the player sees.
#[derive(States, Clone, Copy, Default, PartialEq, Eq, Hash, Debug)]
pub enum Screen {
    /// Callsign, ways into a match, open matches.
    #[default]
    Title,
    /// A round of a match, or connecting to it.
    Match,
    /// The standings after a round.
    Results,
    /// A recorded match.
    Replay,
}

/// Run condition: a match is shown, live or recorded.
pub(crate) fn arena_shown(screen: Res<State<Screen>>) -> bool {
    matches!(screen.get(), Screen::Match | Screen::Replay)
}
