//! The phrases that stand for emotes.

use arena::Emote;

/// In the order of their keys, 1 to 6.
pub(crate) const PHRASES: [(Emote, &str); 6] = [
    (Emote::Hello, "Hello!"),
    (Emote::Nice, "Nice one!"),
    (Emote::Sorry, "Sorry!"),
    (Emote::Laugh, "Ha ha!"),
    (Emote::Help, "Help!"),
    (Emote::GoodGame, "Good game!"),
];

/// The emote in words.
pub(crate) fn text(emote: Emote) -> &'static str {
    PHRASES
        .iter()
        .find(|(candidate, _)| *candidate == emote)
        .map_or("...", |(_, text)| text)
}
