//! When a guest should claim the match of a vanished host.
//!
//! Non-goals: the claim itself.

use core::time::Duration;

use netcode::{Guest, Simulation, Slot};
use protocol::Roster;
use protocol::timing::{CLAIM_STAGGER, CLAIM_WITHOUT_STATE, HOST_SILENCE, LAST_WILL_GRACE};
use serde::de::DeserializeOwned;

/// Claims of players after this many seats are not delayed further, or the last would wait for
/// seconds.
const MAX_STAGGER: usize = 4;

/// Whether the player in `slot` should claim the match now.
pub(super) fn should_claim<S>(guest: &Guest<S>, roster: &Roster, slot: Slot, now: Duration) -> bool
where
    S: Simulation + DeserializeOwned,
{
    let before = roster
        .seats
        .iter()
        .filter(|seat| seat.slot < slot && seat.player != roster.host)
        .count();
    let mut delay = CLAIM_STAGGER * before.min(MAX_STAGGER) as u32;
    if guest.predicted().is_none() {
        delay += CLAIM_WITHOUT_STATE;
    }
    guest.silence(now) >= HOST_SILENCE + delay
        || guest
            .gone_for(now)
            .is_some_and(|gone| gone >= LAST_WILL_GRACE + delay)
}
