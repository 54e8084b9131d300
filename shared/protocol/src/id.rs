//! Ids of matches and players, match codes, and callsigns.
//!
//! Ids become parts of topics, client ids and (on AWS) ARNs, so they consist of `[a-z0-9]` only.
//!
//! Non-goals: random numbers; the caller passes them in.

use core::fmt;
use core::str::FromStr;

use arrayvec::ArrayString;
use serde::{Deserialize, Serialize};

/// Why a text is not a valid id, code or callsign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidId(pub(crate) &'static str);

/// The letters and digits of ids.
const ID_ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// The letters of codes: without letters that are easily misread (I, L, O, Q), and without vowels, so
/// that codes are not words.
const CODE_ALPHABET: &[u8; 17] = b"BCDFGHJKMNPRSTVWX";

/// `N` letters of `alphabet`, selected by `entropy`.
fn draw<const N: usize>(alphabet: &[u8], mut entropy: u64) -> ArrayString<N> {
    let base = alphabet.len() as u64;
    let mut text = ArrayString::new();
    for _ in 0..N {
        text.push(char::from(alphabet[(entropy % base) as usize]));
        entropy /= base;
    }
    text
}

macro_rules! text_newtype {
    ($(#[$doc:meta])* $name:ident, $capacity:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "ArrayString<64>", into = "ArrayString<64>")]
        pub struct $name(ArrayString<$capacity>);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<ArrayString<64>> for $name {
            type Error = InvalidId;

            fn try_from(text: ArrayString<64>) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for ArrayString<64> {
            fn from(name: $name) -> Self {
                let mut text = Self::new();
                text.push_str(&name.0);
                text
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

text_newtype! {
    /// The id of a match: 10 characters of `[a-z0-9]`.
    MatchId, 10
}

text_newtype! {
    /// The id of a player, which is also its MQTT client id: 10 characters of `[a-z0-9]`.
    PlayerId, 10
}

text_newtype! {
    /// The code that people enter to join a match: 5 capital letters.
    Code, 5
}

text_newtype! {
    /// A player's name: 1 to 12 ASCII letters, digits, `-`, `_`, `.` or inner spaces.
    Callsign, 12
}

text_newtype! {
    /// The id of a game: 1 to 16 characters of `[a-z0-9-]`.
    GameId, 16
}

fn parse_id(text: &str) -> Result<ArrayString<10>, InvalidId> {
    let valid = text.len() == 10 && text.bytes().all(|byte| ID_ALPHABET.contains(&byte));
    match ArrayString::from(text) {
        Ok(id) if valid => Ok(id),
        _ => Err(InvalidId("an id is 10 lower-case letters and digits")),
    }
}

impl FromStr for MatchId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        parse_id(text).map(Self)
    }
}

impl FromStr for PlayerId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        parse_id(text).map(Self)
    }
}

impl MatchId {
    /// The id for 64 uniformly random bits.
    #[must_use]
    pub fn from_entropy(entropy: u64) -> Self {
        Self(draw(ID_ALPHABET, entropy))
    }
}

impl PlayerId {
    /// The id for 64 uniformly random bits.
    #[must_use]
    pub fn from_entropy(entropy: u64) -> Self {
        Self(draw(ID_ALPHABET, entropy))
    }
}

impl FromStr for Code {
    type Err = InvalidId;

    /// Accepts lower case too.
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let upper = text.trim().to_ascii_uppercase();
        let valid = upper.len() == 5 && upper.bytes().all(|byte| CODE_ALPHABET.contains(&byte));
        match ArrayString::from(&upper) {
            Ok(code) if valid => Ok(Self(code)),
            _ => Err(InvalidId(
                "a match code is 5 letters out of BCDFGHJKMNPRSTVWX",
            )),
        }
    }
}

impl Code {
    /// The letters of codes, for a keypad.
    pub const ALPHABET: &str = "BCDFGHJKMNPRSTVWX";

    /// The code for 64 uniformly random bits.
    #[must_use]
    pub fn from_entropy(entropy: u64) -> Self {
        Self(draw(CODE_ALPHABET, entropy))
    }
}

impl FromStr for Callsign {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let trimmed = text.trim();
        let valid = !trimmed.is_empty()
            && trimmed
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_. ".contains(&byte));
        match ArrayString::from(trimmed) {
            Ok(callsign) if valid => Ok(Self(callsign)),
            _ => Err(InvalidId(
                "a callsign is 1 to 12 letters, digits, spaces, hyphens, underscores or dots",
            )),
        }
    }
}

impl FromStr for GameId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let allowed = |byte| ID_ALPHABET.contains(&byte) || byte == b'-';
        match ArrayString::from(text) {
            Ok(id) if !id.is_empty() && id.bytes().all(allowed) => Ok(Self(id)),
            _ => Err(InvalidId(
                "a game's id is 1 to 16 lower-case letters, digits and hyphens",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_codes_from_entropy_are_valid() {
        for entropy in [0, 1, u64::MAX, 0x1234_5678_9abc_def0] {
            let id = MatchId::from_entropy(entropy);
            assert_eq!(id.as_str().parse(), Ok(id));
            let code = Code::from_entropy(entropy);
            assert_eq!(code.as_str().to_lowercase().parse(), Ok(code));
        }
    }

    #[test]
    fn ids_that_would_change_the_topic_structure_are_refused() {
        for text in [
            "",
            "a/b/c/d/e/",
            "abcdefghi+",
            "abcdefghi#",
            "ABCDEFGHIJ",
            "abcdefghijk",
        ] {
            assert!(text.parse::<MatchId>().is_err(), "{text}");
            assert!(text.parse::<PlayerId>().is_err(), "{text}");
        }
    }

    #[test]
    fn callsigns_are_trimmed_and_limited_to_short_printable_ascii() {
        assert_eq!("  Ada L. ".parse::<Callsign>().unwrap().as_str(), "Ada L.");
        for text in ["", "   ", "thirteen-char", "tab\there", "émile"] {
            assert!(text.parse::<Callsign>().is_err(), "{text}");
        }
    }

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
