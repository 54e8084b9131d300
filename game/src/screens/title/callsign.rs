//! The pilot's callsign: drawn at random, re-rolled or typed, and remembered.

use bevy::prelude::*;
use shared::protocol::{Callsign, InvalidId};

use crate::platform::{self, Startup};

/// The longest callsign, in bytes.
pub(super) const LIMIT: usize = 12;

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

/// What the pilot is called; while it is typed, it may be no valid callsign.
#[derive(Resource, Clone, Debug)]
pub(crate) struct Pilot {
    pub(crate) text: String,
}

impl FromWorld for Pilot {
    fn from_world(world: &mut World) -> Self {
        let given = world
            .get_resource::<Startup>()
            .and_then(|startup| startup.callsign);
        let text = match given.or_else(platform::remembered_callsign) {
            Some(callsign) => callsign.as_str().into(),
            None => random(platform::entropy()),
        };
        Self { text }
    }
}

impl Pilot {
    /// The callsign, kept for the next time.
    pub(crate) fn callsign(&self) -> Result<Callsign, InvalidId> {
        let callsign = self.text.parse()?;
        platform::remember_callsign(callsign);
        Ok(callsign)
    }

    /// Draws another.
    pub(super) fn reroll(&mut self) {
        self.text = random(platform::entropy());
    }
}

/// Whether a callsign may hold the character.
pub(super) fn allowed(typed: char) -> bool {
    typed.is_ascii_alphanumeric() || "-_. ".contains(typed)
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
            assert!(text.chars().all(allowed) && text.len() <= LIMIT, "{text}");
        }
    }
}
