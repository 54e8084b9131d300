//! The effects of a change of a match: messages to publish, and connections to end.
//!
//! Non-goals: carrying them out.

use crate::{Epoch, MatchId, OpenMatch, PlayerId, Roster};

use super::{MatchState, Moment};

/// An action of the relay after a change of a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Open the match at the broker, in this epoch.
    Open(MatchId, Epoch),
    /// Publish the roster.
    PublishRoster(MatchId, Box<Roster>),
    /// Start this epoch and end the connection of the previous host.
    MoveEpoch(MatchId, Epoch, PlayerId),
    /// Close the match, which ended in this epoch with this host and these players.
    Close(MatchId, Epoch, Vec<PlayerId>),
    /// Publish the list of open matches.
    PublishOpenMatches,
}

/// The effects of a change from `before` to `after`, in the order in which they must happen;
/// `None` is a match that does not exist or has not been opened.
#[must_use]
pub fn effects(before: Option<&MatchState>, after: Option<&MatchState>, at: Moment) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Some(state) = after {
        let roster = state.roster();
        if before.is_none() {
            effects.push(Effect::Open(state.id, state.epoch));
        }
        // Before the old host's connection ends, so that the guests do not treat its last will as a
        // failure.
        if before.map(MatchState::roster).as_ref() != Some(&roster) {
            effects.push(Effect::PublishRoster(state.id, Box::new(roster)));
        }
        if let Some(before) = before.filter(|before| before.epoch != state.epoch) {
            effects.push(Effect::MoveEpoch(state.id, state.epoch, before.host));
        }
    } else if let Some(state) = before {
        effects.push(Effect::Close(state.id, state.epoch, state.members()));
    }
    let row = |state: Option<&MatchState>| state.and_then(|state| state.row(at));
    if row(before) != row(after) {
        effects.push(Effect::PublishOpenMatches);
    }
    effects
}

/// The rows of the listed matches that are not over, those with the most people first.
pub fn open_matches<'a>(
    matches: impl Iterator<Item = &'a MatchState>,
    at: Moment,
) -> Vec<OpenMatch> {
    let mut open: Vec<OpenMatch> = matches
        .filter(|state| !state.is_over(at))
        .filter_map(|state| state.row(at))
        .collect();
    open.sort_unstable_by_key(|row| (core::cmp::Reverse(row.players), row.id));
    open
}
