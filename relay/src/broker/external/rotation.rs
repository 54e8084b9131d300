//! Assigns nodes to tickets in rotation: players are spread over the nodes, and each new ticket of a
//! player is for the next node.

use std::collections::HashMap;

use protocol::PlayerId;

/// With no more players than this, expired tickets are not removed.
const SWEEP_THRESHOLD: usize = 64;

/// The position of each player in the rotation.
#[derive(Default)]
pub(super) struct Rotation {
    players: HashMap<PlayerId, LastTicket>,
    /// The position of the last player that was new.
    newest: usize,
    /// The number of players after expired tickets were last removed.
    swept: usize,
}

struct LastTicket {
    position: usize,
    /// When it expires, in seconds since 1970 (UTC).
    until: u64,
}

impl Rotation {
    /// The position for a ticket that `player` gets at `now` and that expires at `until`, both in
    /// seconds since 1970 (UTC).
    pub(super) fn next(&mut self, player: PlayerId, until: u64, now: u64) -> usize {
        if self.players.len() >= SWEEP_THRESHOLD.max(2 * self.swept) {
            self.players.retain(|_, last| now < last.until);
            self.swept = self.players.len();
        }
        let position = match self.players.get(&player) {
            Some(last) => last.position.wrapping_add(1),
            None => {
                self.newest = self.newest.wrapping_add(1);
                self.newest
            }
        };
        self.players.insert(player, LastTicket { position, until });
        position
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn player(number: usize) -> PlayerId {
        PlayerId::from_entropy(number as u64)
    }

    #[test]
    fn players_are_spread_and_each_ticket_is_for_the_next_node() {
        let mut rotation = Rotation::default();
        let mut position = |number| rotation.next(player(number), 100, 0) % 3;
        let first = [position(1), position(2), position(3)];
        let again = [position(1), position(2), position(3)];
        for (index, position) in first.iter().enumerate() {
            assert_eq!((position + 1) % 3, again[index]);
        }
        let mut spread = first;
        spread.sort_unstable();
        assert_eq!(spread, [0, 1, 2]);
    }

    #[test]
    fn expired_tickets_are_removed() {
        let mut rotation = Rotation::default();
        for number in 0..10 * SWEEP_THRESHOLD {
            rotation.next(player(number), number as u64 + 1, number as u64);
        }
        assert!(
            rotation.players.len() <= SWEEP_THRESHOLD,
            "{}",
            rotation.players.len()
        );
    }
}
