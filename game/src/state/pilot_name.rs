//! The player's callsign: drawn at random, re-rolled or typed; the last one is kept.

use bevy::prelude::*;
use protocol::{Callsign, InvalidId};

use super::settings::Settings;
use crate::platform::Entropy;
use crate::startup::StartupOptions;

const FIRST: [&str; 24] = [
    "Amber", "Brisk", "Calm", "Dusty", "Eager", "Faint", "Grim", "Hasty", "Idle", "Jolly", "Keen",
    "Lucky", "Misty", "Noble", "Odd", "Proud", "Quiet", "Rusty", "Sly", "Tidy", "Upper", "Vivid",
    "Wry", "Zesty",
];

const SECOND: [&str; 24] = [
    "Comet", "Heron", "Ember", "Falcon", "Otter", "Raven", "Quasar", "Badger", "Meteor", "Nova",
    "Pulsar", "Lynx", "Orbit", "Magpie", "Viper", "Heir", "Petrel", "Notary", "Saturn", "Wraith",
    "Zenith", "Apogee", "Finch", "Marten",
];

/// What was typed as the callsign; it may not be a valid one yet.
#[derive(Resource, Clone, Debug)]
pub struct PilotName {
    text: String,
}

impl FromWorld for PilotName {
    fn from_world(world: &mut World) -> Self {
        let given = world.resource::<StartupOptions>().callsign;
        let text = match given.or_else(|| world.resource::<Settings>().callsign()) {
            Some(callsign) => callsign.as_str().into(),
            None => random(world.resource::<Entropy>().draw()),
        };
        Self { text }
    }
}

impl PilotName {
    /// The longest callsign, in bytes.
    pub(crate) const LIMIT: usize = 12;

    /// As it was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Replaces the text.
    pub fn set_text(&mut self, text: String) {
        self.text = text;
    }

    /// The callsign.
    ///
    /// # Errors
    /// If the text is not valid as one.
    pub fn callsign(&self) -> Result<Callsign, InvalidId> {
        self.text.parse()
    }

    /// Draws another name at random.
    pub(crate) fn reroll(&mut self, entropy: Entropy) {
        self.text = random(entropy.draw());
    }

    /// Whether a callsign may hold the character.
    pub(crate) fn allows(typed: char) -> bool {
        typed.is_ascii_alphanumeric() || "-_. ".contains(typed)
    }
}

fn random(entropy: u64) -> String {
    let first = FIRST[(entropy % FIRST.len() as u64) as usize];
    let second = SECOND[(entropy / FIRST.len() as u64 % SECOND.len() as u64) as usize];
    format!("{first} {second}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_random_callsign_is_valid() {
        for entropy in 0..(FIRST.len() * SECOND.len()) as u64 {
            let text = random(entropy);
            assert!(text.parse::<Callsign>().is_ok(), "{text}");
            assert!(
                text.chars().all(PilotName::allows) && text.len() <= PilotName::LIMIT,
                "{text}"
            );
        }
    }
}
