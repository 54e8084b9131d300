//! Failed calls to the relay in words, and what to do about them.

use client::lobby::LobbyError;

pub(super) fn error_text(error: &LobbyError) -> String {
    match error {
        LobbyError::Unreachable { .. } => {
            "Cannot reach the relay. Check your connection and that the relay runs, then try again.".into()
        }
        LobbyError::Refused(problem) => {
            let mut words = problem.detail.trim_end_matches('.').to_owned();
            if let Some(first) = words.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            words.push('.');
            words
        }
        LobbyError::Unexpected { .. } => {
            "The relay gave an unexpected answer. Reload the page or update the game, then try again.".into()
        }
    }
}
