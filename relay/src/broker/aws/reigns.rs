//! What the relay remembers of each open match, because IoT Core does not tell who is connected:
//! when its host last called the lobby, and who holds a ticket.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use shared::protocol::{Epoch, MatchId, PlayerId, Role};

use crate::broker::Pulse;
use crate::token::Claims;

/// A host's call counts as its life for so long: a little longer than it waits before the next one.
const WORD: Duration = Duration::from_secs(3);

/// The open matches.
#[derive(Default)]
pub(super) struct Reigns {
    open: HashMap<MatchId, Reign>,
}

/// The epoch in force in a match.
struct Reign {
    epoch: Epoch,
    /// When its host last called.
    heard: Option<Instant>,
    holders: HashMap<PlayerId, Holder>,
}

/// Whom a URL was given to.
struct Holder {
    role: Role,
    epoch: Epoch,
    /// When its ticket ends, in seconds since 1970.
    until: u64,
}

impl Reigns {
    /// Puts an epoch of a new match in force.
    pub(super) fn open(&mut self, id: MatchId, epoch: Epoch) {
        let reign = Reign {
            epoch,
            heard: None,
            holders: HashMap::new(),
        };
        self.open.insert(id, reign);
    }

    /// Forgets a match; yields who held tickets for it.
    pub(super) fn close(&mut self, id: MatchId) -> Vec<PlayerId> {
        let reign = self.open.remove(&id);
        reign
            .into_iter()
            .flat_map(|reign| reign.holders.into_keys())
            .collect()
    }

    /// Somebody gets a ticket; `now` is in seconds since 1970.
    pub(super) fn hold(&mut self, claims: &Claims, now: u64) {
        let Some(seat) = claims.seat else { return };
        let Some(reign) = self.open.get_mut(&seat.match_id) else {
            return;
        };
        // Who plays on has renewed its ticket long before.
        reign.holders.retain(|_, holder| now < holder.until);
        let holder = Holder {
            role: seat.role,
            epoch: seat.epoch,
            until: claims.exp,
        };
        reign.holders.insert(claims.sub, holder);
    }

    /// Puts an epoch in force; yields the hosts of older ones.
    pub(super) fn fence(&mut self, id: MatchId, epoch: Epoch) -> Vec<PlayerId> {
        let Some(reign) = self.open.get_mut(&id) else {
            return Vec::new();
        };
        reign.epoch = epoch;
        reign.heard = None;
        let old =
            |_: &PlayerId, holder: &mut Holder| holder.role == Role::Host && holder.epoch < epoch;
        reign
            .holders
            .extract_if(old)
            .map(|(host, _)| host)
            .collect()
    }

    /// The host of this epoch has called.
    pub(super) fn hear(&mut self, id: MatchId, epoch: Epoch, now: Instant) {
        if let Some(reign) = self.open.get_mut(&id)
            && reign.epoch == epoch
        {
            reign.heard = Some(now);
        }
    }

    /// Whether the host of this epoch lives, as far as is known.
    pub(super) fn pulse(&self, id: MatchId, epoch: Epoch, now: Instant) -> Pulse {
        match self.open.get(&id).filter(|reign| reign.epoch == epoch) {
            None => Pulse::Stopped,
            Some(Reign { heard: None, .. }) => Pulse::Awaited,
            Some(Reign {
                heard: Some(heard), ..
            }) => {
                if now.saturating_duration_since(*heard) < WORD {
                    Pulse::Beating
                } else {
                    Pulse::Stopped
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::Seat;

    fn id() -> MatchId {
        MatchId::from_entropy(1)
    }

    fn claims(player: u64, role: Role, epoch: u32, exp: u64) -> Claims {
        let seat = Seat {
            match_id: id(),
            role,
            epoch: Epoch(epoch),
        };
        Claims::new(PlayerId::from_entropy(player), Some(seat), exp)
    }

    #[test]
    fn a_host_lives_for_three_seconds_after_each_call() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut reigns = Reigns::default();
        assert_eq!(reigns.pulse(id(), Epoch(0), start), Pulse::Stopped);
        reigns.open(id(), Epoch(0));
        assert_eq!(reigns.pulse(id(), Epoch(0), start), Pulse::Awaited);
        reigns.hear(id(), Epoch(0), at(5));
        assert_eq!(reigns.pulse(id(), Epoch(0), at(7)), Pulse::Beating);
        assert_eq!(reigns.pulse(id(), Epoch(0), at(8)), Pulse::Stopped);

        reigns.fence(id(), Epoch(1));
        reigns.hear(id(), Epoch(0), at(9));
        assert_eq!(reigns.pulse(id(), Epoch(0), at(9)), Pulse::Stopped);
        assert_eq!(reigns.pulse(id(), Epoch(1), at(9)), Pulse::Awaited);
    }

    #[test]
    fn only_hosts_of_older_epochs_are_fenced_and_everybody_goes_at_the_end() {
        let mut reigns = Reigns::default();
        reigns.hold(&claims(9, Role::Player, 0, 100), 0);
        reigns.open(id(), Epoch(0));
        reigns.hold(&claims(1, Role::Host, 0, 100), 0);
        reigns.hold(&claims(2, Role::Player, 0, 100), 0);
        assert_eq!(reigns.fence(id(), Epoch(1)), [PlayerId::from_entropy(1)]);
        assert_eq!(reigns.fence(id(), Epoch(2)), []);

        // The old host is a player now, and a third one's ticket has ended.
        reigns.hold(&claims(3, Role::Spectator, 2, 50), 40);
        reigns.hold(&claims(1, Role::Player, 2, 160), 60);
        assert_eq!(reigns.fence(id(), Epoch(3)), []);
        let mut left = reigns.close(id());
        left.sort_unstable();
        let mut expected = [1, 2].map(PlayerId::from_entropy);
        expected.sort_unstable();
        assert_eq!(left, expected);
    }
}
