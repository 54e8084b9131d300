//! Which node is whose turn: players are spread over the nodes, and each new ticket of a player
//! names the next one.

use std::collections::HashMap;

use protocol::PlayerId;

/// Players whose tickets are forgotten only when there are more.
const FEW: usize = 64;

/// The turn of each player.
#[derive(Default)]
pub(super) struct Turns {
    players: HashMap<PlayerId, Last>,
    /// The turn of the next player that is new.
    newcomer: usize,
    /// Players when tickets that had ended were last swept out.
    swept: usize,
}

/// A player's last ticket.
struct Last {
    turn: usize,
    /// When it ends, in seconds since 1970.
    until: u64,
}

impl Turns {
    /// The turn of a ticket that is given to `player` at `now` and ends at `until`, both in seconds
    /// since 1970.
    pub(super) fn next(&mut self, player: PlayerId, until: u64, now: u64) -> usize {
        if self.players.len() >= FEW.max(2 * self.swept) {
            self.players.retain(|_, last| now < last.until);
            self.swept = self.players.len();
        }
        let turn = match self.players.get(&player) {
            Some(last) => last.turn.wrapping_add(1),
            None => {
                self.newcomer = self.newcomer.wrapping_add(1);
                self.newcomer
            }
        };
        self.players.insert(player, Last { turn, until });
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn player(number: usize) -> PlayerId {
        PlayerId::from_entropy(number as u64)
    }

    #[test]
    fn players_are_spread_and_each_moves_on_with_its_next_ticket() {
        let mut turns = Turns::default();
        let mut turn = |number| turns.next(player(number), 100, 0) % 3;
        let first = [turn(1), turn(2), turn(3)];
        let again = [turn(1), turn(2), turn(3)];
        for (index, turn) in first.iter().enumerate() {
            assert_eq!((turn + 1) % 3, again[index]);
        }
        let mut spread = first;
        spread.sort_unstable();
        assert_eq!(spread, [0, 1, 2]);
    }

    #[test]
    fn players_whose_tickets_have_ended_are_forgotten() {
        let mut turns = Turns::default();
        for number in 0..10 * FEW {
            turns.next(player(number), number as u64 + 1, number as u64);
        }
        assert!(turns.players.len() <= FEW, "{}", turns.players.len());
    }
}
