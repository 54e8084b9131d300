//! The screens: title, flight, results, replay; one at a time.

pub(crate) mod flight;
pub(crate) mod replay;
mod results;
pub(crate) mod title;

use bevy::prelude::*;

pub(crate) fn plugin(app: &mut App) {
    app.init_state::<Screen>().add_plugins((
        title::plugin,
        flight::plugin,
        results::plugin,
        replay::plugin,
    ));
}

/// What the player looks at.
#[derive(States, Clone, Copy, Default, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Screen {
    /// Callsign, ways into a match, open matches.
    #[default]
    Title,
    /// A round of a match, or the way into it.
    Flight,
    /// The standings after a round.
    Results,
    /// A recorded match.
    Replay,
}

/// Run condition: a match is looked at, as it is played or as it was.
pub(crate) fn arena_shown(screen: Res<State<Screen>>) -> bool {
    matches!(screen.get(), Screen::Flight | Screen::Replay)
}
