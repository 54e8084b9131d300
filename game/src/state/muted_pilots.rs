//! The pilots whose chat this player does not want to see.

use arena::MAX_SLOTS;
use bevy::prelude::Resource;
use netcode::Slot;
use protocol::Callsign;

/// For each slot, the callsign that its pilot had when it was muted: who takes the seat after a
/// muted pilot is not muted.
#[derive(Resource, Default, Debug)]
pub struct MutedPilots([Option<Callsign>; MAX_SLOTS]);

impl MutedPilots {
    /// Whether the pilot of this callsign in this slot is muted. A bot has no callsign, and never
    /// is.
    #[must_use]
    pub fn contains(&self, slot: Slot, callsign: Option<Callsign>) -> bool {
        callsign.is_some() && self.0.get(slot.index()) == Some(&callsign)
    }

    /// Mutes the pilot of this callsign in this slot, or ends that.
    pub fn toggle(&mut self, slot: Slot, callsign: Option<Callsign>) {
        let is_muted = self.contains(slot, callsign);
        if let Some(muted) = self.0.get_mut(slot.index()) {
            *muted = callsign.filter(|_| !is_muted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_successor_in_a_muted_pilots_slot_is_not_muted() {
        let slot = Slot::new(3).unwrap();
        let [ada, bob] = ["Ada", "Bob"].map(|name| name.parse().ok());
        let mut muted = MutedPilots::default();
        muted.toggle(slot, None);
        assert!(!muted.contains(slot, None), "there is nobody");

        muted.toggle(slot, ada);
        assert!(muted.contains(slot, ada));
        assert!(!muted.contains(slot, bob));
        muted.toggle(slot, bob);
        assert!(muted.contains(slot, bob));
        muted.toggle(slot, bob);
        assert!(!muted.contains(slot, bob));
    }
}
