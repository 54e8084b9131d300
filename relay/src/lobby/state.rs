//! The lobby's rules as a plain value: no lock, no clock, no network. Time is passed in, counted
//! from any fixed origin, and what others must be told is kept as [`Event`]s until taken.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use arrayvec::ArrayString;
use shared::protocol::{
    Callsign, Code, CreateMatch, Epoch, Heartbeat, JoinMatch, JoinRole, MAX_MATCH_NAME, MatchId,
    OpenMatch, PlayerId, Role,
};
use shared::sim::{MAX_SLOTS, Slot};
use shared::wire;

/// A match ends when its host has been silent for this long.
pub(super) const HOST_SILENCE: Duration = Duration::from_secs(30);

/// A seat is kept for this long for a player whom the host does not know yet.
pub(super) const SEAT_GRACE: Duration = Duration::from_secs(30);

/// More matches than this would exhaust the broker before they exhaust the lobby.
const MAX_MATCHES: usize = 1_000;

/// Why the lobby says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LobbyError {
    /// No such code or id.
    #[error("there is no such match: check the code, or ask its host whether it has ended")]
    NoSuchMatch,
    /// All seats are taken.
    #[error("every seat of this match is taken: watch it, or try again when somebody leaves")]
    MatchFull,
    /// The relay serves enough matches.
    #[error("this relay hosts as many matches as it can: try again later")]
    RelayFull,
    /// Seats out of `1..=32`.
    #[error("a match has 1 to {MAX_SLOTS} seats")]
    Seats,
    /// No name.
    #[error("a match needs a name of 1 to {MAX_MATCH_NAME} bytes")]
    Name,
    /// Only the host may do this.
    #[error("only the host of this match may do that")]
    NotTheHost,
    /// The token belongs to another match, or to none.
    #[error("the token is for another match: use the one of this match's ticket")]
    AnotherMatch,
    /// The seat was freed while its holder was away.
    #[error("your seat was given up while you were away: join again with the code")]
    SeatLost,
    /// Another match has this code: draw again.
    #[error("the code is taken")]
    CodeTaken,
}

/// Somebody's part in a match: what a ticket is written from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) match_id: MatchId,
    pub(super) code: Code,
    pub(super) player: PlayerId,
    pub(super) role: Role,
    pub(super) epoch: Epoch,
}

/// What others must be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A match began.
    Opened(MatchId),
    /// Its seats or its host changed.
    Reseated(MatchId, Box<wire::Roster>),
    /// It ended in this epoch.
    Closed(MatchId, Epoch),
    /// The list of open matches changed.
    Relisted,
}

/// All matches of the relay.
#[derive(Debug, Default)]
pub(super) struct State {
    matches: HashMap<MatchId, Match>,
    codes: HashMap<Code, MatchId>,
    events: Vec<Event>,
}

#[derive(Debug)]
struct Match {
    id: MatchId,
    code: Code,
    name: ArrayString<MAX_MATCH_NAME>,
    public: bool,
    max_players: u8,
    epoch: Epoch,
    host: PlayerId,
    /// When the host was last heard of.
    heard: Duration,
    /// Ordered by slot.
    seats: Vec<Seat>,
}

#[derive(Debug)]
struct Seat {
    player: PlayerId,
    slot: Slot,
    callsign: Callsign,
    /// Until when the host need not know the player.
    kept_until: Duration,
}

impl State {
    /// Opens a match.
    pub(super) fn create(
        &mut self,
        request: &CreateMatch,
        id: MatchId,
        code: Code,
        host: PlayerId,
        now: Duration,
    ) -> Result<Part, LobbyError> {
        if !(1..=MAX_SLOTS).contains(&usize::from(request.max_players)) {
            return Err(LobbyError::Seats);
        }
        if request.name.trim().is_empty() {
            return Err(LobbyError::Name);
        }
        if self.matches.len() >= MAX_MATCHES {
            return Err(LobbyError::RelayFull);
        }
        if self.codes.contains_key(&code) || self.matches.contains_key(&id) {
            return Err(LobbyError::CodeTaken);
        }
        let mut game = Match {
            id,
            code,
            name: request.name,
            public: request.public,
            max_players: request.max_players,
            epoch: Epoch::default(),
            host,
            heard: now,
            seats: Vec::new(),
        };
        if let Some(callsign) = request.callsign {
            game.sit(host, callsign, now)?;
        }
        let part = game.part(host, Role::Host);
        self.events.push(Event::Opened(id));
        self.events
            .push(Event::Reseated(id, Box::new(game.roster())));
        if game.public {
            self.events.push(Event::Relisted);
        }
        self.codes.insert(code, id);
        self.matches.insert(id, game);
        Ok(part)
    }

    /// Takes a part in a match.
    pub(super) fn join(
        &mut self,
        code: Code,
        request: &JoinMatch,
        player: PlayerId,
        now: Duration,
    ) -> Result<Part, LobbyError> {
        let id = self.codes.get(&code).ok_or(LobbyError::NoSuchMatch)?;
        let game = self.matches.get_mut(id).ok_or(LobbyError::NoSuchMatch)?;
        let role = match request.role {
            JoinRole::Player => {
                game.sit(player, request.callsign, now)?;
                game.tell_reseated(&mut self.events);
                Role::Player
            }
            JoinRole::Spectator => Role::Spectator,
        };
        Ok(game.part(player, role))
    }

    /// The part that somebody already has.
    pub(super) fn renew(
        &mut self,
        id: MatchId,
        player: PlayerId,
        role: Role,
        now: Duration,
    ) -> Result<Part, LobbyError> {
        let game = self.matches.get_mut(&id).ok_or(LobbyError::NoSuchMatch)?;
        match role {
            Role::Host if game.host != player => return Err(LobbyError::NotTheHost),
            Role::Player => {
                let seat = game.seats.iter_mut().find(|seat| seat.player == player);
                seat.ok_or(LobbyError::SeatLost)?.kept_until = now + SEAT_GRACE;
            }
            Role::Host | Role::Spectator => {}
        }
        Ok(game.part(player, role))
    }

    /// The host of `epoch` lives, and knows these players.
    pub(super) fn heartbeat(
        &mut self,
        id: MatchId,
        host: PlayerId,
        epoch: Epoch,
        heartbeat: &Heartbeat,
        now: Duration,
    ) -> Result<(), LobbyError> {
        let game = self.matches.get_mut(&id).ok_or(LobbyError::NoSuchMatch)?;
        game.check_host(host, epoch)?;
        game.heard = now;
        let known: HashSet<PlayerId> = heartbeat.players.iter().copied().collect();
        let before = game.seats.len();
        game.seats.retain(|seat| {
            seat.player == host || known.contains(&seat.player) || now < seat.kept_until
        });
        if game.seats.len() != before {
            game.tell_reseated(&mut self.events);
        }
        Ok(())
    }

    /// The host of `epoch` ends its match.
    pub(super) fn end(
        &mut self,
        id: MatchId,
        host: PlayerId,
        epoch: Epoch,
    ) -> Result<(), LobbyError> {
        let game = self.matches.get(&id).ok_or(LobbyError::NoSuchMatch)?;
        game.check_host(host, epoch)?;
        self.close(id);
        Ok(())
    }

    /// Ends the matches whose host has been silent for [`HOST_SILENCE`].
    pub(super) fn expire(&mut self, now: Duration) {
        let silent: Vec<MatchId> = self
            .matches
            .values()
            .filter(|game| now.saturating_sub(game.heard) >= HOST_SILENCE)
            .map(|game| game.id)
            .collect();
        for id in silent {
            self.close(id);
        }
    }

    /// The public matches, those that the most people play first.
    pub(super) fn open_matches(&self) -> Vec<OpenMatch> {
        let mut open: Vec<OpenMatch> = self
            .matches
            .values()
            .filter(|game| game.public)
            .map(|game| OpenMatch {
                id: game.id,
                code: game.code,
                name: game.name,
                players: game.seats.len() as u8,
                max_players: game.max_players,
            })
            .collect();
        open.sort_unstable_by_key(|row| (core::cmp::Reverse(row.players), row.id));
        open
    }

    /// Matches, and people in their seats.
    pub(super) fn census(&self) -> (usize, usize) {
        let people = self.matches.values().map(|game| game.seats.len()).sum();
        (self.matches.len(), people)
    }

    /// What has happened since the last call, oldest first.
    pub(super) fn take_events(&mut self) -> Vec<Event> {
        core::mem::take(&mut self.events)
    }

    fn close(&mut self, id: MatchId) {
        if let Some(game) = self.matches.remove(&id) {
            self.codes.remove(&game.code);
            self.events.push(Event::Closed(id, game.epoch));
            if game.public {
                self.events.push(Event::Relisted);
            }
        }
    }
}

impl Match {
    /// Gives the lowest free slot.
    fn sit(
        &mut self,
        player: PlayerId,
        callsign: Callsign,
        now: Duration,
    ) -> Result<(), LobbyError> {
        if self.seats.len() >= usize::from(self.max_players) {
            return Err(LobbyError::MatchFull);
        }
        let slot = Slot::all()
            .find(|slot| self.seats.iter().all(|seat| seat.slot != *slot))
            .ok_or(LobbyError::MatchFull)?;
        let seat = Seat {
            player,
            slot,
            callsign,
            kept_until: now + SEAT_GRACE,
        };
        let place = self.seats.partition_point(|seat| seat.slot < slot);
        self.seats.insert(place, seat);
        Ok(())
    }

    fn part(&self, player: PlayerId, role: Role) -> Part {
        Part {
            match_id: self.id,
            code: self.code,
            player,
            role,
            epoch: self.epoch,
        }
    }

    fn check_host(&self, player: PlayerId, epoch: Epoch) -> Result<(), LobbyError> {
        if self.host == player && self.epoch == epoch {
            Ok(())
        } else {
            Err(LobbyError::NotTheHost)
        }
    }

    fn roster(&self) -> wire::Roster {
        wire::Roster {
            epoch: self.epoch,
            host: self.host,
            seats: self
                .seats
                .iter()
                .map(|seat| wire::Seat {
                    player: seat.player,
                    slot: seat.slot,
                    callsign: seat.callsign,
                })
                .collect(),
        }
    }

    fn tell_reseated(&self, events: &mut Vec<Event>) {
        events.push(Event::Reseated(self.id, Box::new(self.roster())));
        if self.public {
            events.push(Event::Relisted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn player(entropy: u64) -> PlayerId {
        PlayerId::from_entropy(entropy)
    }

    const HOST: u64 = 100;

    /// A state with one public match of `max_players`, whose host flies in slot 0.
    fn one_match(max_players: u8) -> (State, MatchId, Code) {
        let mut state = State::default();
        let request = CreateMatch {
            name: ArrayString::from("Duel").unwrap(),
            callsign: Some("Ada".parse().unwrap()),
            max_players,
            public: true,
        };
        let (id, code) = (MatchId::from_entropy(1), Code::from_entropy(1));
        state
            .create(&request, id, code, player(HOST), seconds(0))
            .unwrap();
        state.take_events();
        (state, id, code)
    }

    fn join(state: &mut State, code: Code, who: u64, now: u64) -> Result<Part, LobbyError> {
        let request = JoinMatch {
            callsign: "Bob".parse().unwrap(),
            role: JoinRole::Player,
        };
        state.join(code, &request, player(who), seconds(now))
    }

    fn beat(state: &mut State, id: MatchId, players: &[u64], now: u64) {
        let heartbeat = Heartbeat {
            players: players.iter().map(|who| player(*who)).collect(),
            tick: 0,
        };
        state
            .heartbeat(id, player(HOST), Epoch(0), &heartbeat, seconds(now))
            .unwrap();
    }

    /// The slots of the newest roster told, if any.
    fn told_slots(state: &mut State) -> Option<Vec<usize>> {
        state
            .take_events()
            .into_iter()
            .rev()
            .find_map(|event| match event {
                Event::Reseated(_, roster) => {
                    Some(roster.seats.iter().map(|seat| seat.slot.index()).collect())
                }
                _ => None,
            })
    }

    #[test]
    fn joiners_get_the_lowest_free_slot_until_the_match_is_full() {
        let (mut state, id, code) = one_match(3);
        join(&mut state, code, 1, 0).unwrap();
        join(&mut state, code, 2, 0).unwrap();
        assert_eq!(told_slots(&mut state), Some(vec![0, 1, 2]));
        assert_eq!(join(&mut state, code, 3, 0), Err(LobbyError::MatchFull));

        beat(&mut state, id, &[2], 31);
        assert_eq!(told_slots(&mut state), Some(vec![0, 2]));
        join(&mut state, code, 3, 31).unwrap();
        assert_eq!(told_slots(&mut state), Some(vec![0, 1, 2]));
    }

    #[test]
    fn a_seat_is_kept_until_the_host_had_time_to_learn_of_its_player() {
        let (mut state, id, code) = one_match(4);
        join(&mut state, code, 1, 0).unwrap();
        told_slots(&mut state);
        beat(&mut state, id, &[], 29);
        assert_eq!(told_slots(&mut state), None);
        beat(&mut state, id, &[], 30);
        assert_eq!(told_slots(&mut state), Some(vec![0]));
        assert_eq!(
            state.renew(id, player(1), Role::Player, seconds(30)),
            Err(LobbyError::SeatLost)
        );
    }

    #[test]
    fn a_match_ends_with_its_host_s_silence_and_frees_its_code() {
        let (mut state, id, code) = one_match(4);
        beat(&mut state, id, &[], 20);
        state.expire(seconds(49));
        assert_eq!(state.census(), (1, 1));
        state.expire(seconds(50));
        assert_eq!(
            state.take_events(),
            [Event::Closed(id, Epoch(0)), Event::Relisted]
        );
        assert_eq!(join(&mut state, code, 1, 50), Err(LobbyError::NoSuchMatch));
        assert!(state.open_matches().is_empty());
    }

    #[test]
    fn only_the_host_of_the_epoch_speaks_for_the_match() {
        let (mut state, id, code) = one_match(4);
        join(&mut state, code, 1, 0).unwrap();
        let heartbeat = Heartbeat {
            players: Vec::new(),
            tick: 0,
        };
        for (who, epoch) in [(1, 0), (HOST, 1)] {
            assert_eq!(
                state.heartbeat(id, player(who), Epoch(epoch), &heartbeat, seconds(1)),
                Err(LobbyError::NotTheHost)
            );
            assert_eq!(
                state.end(id, player(who), Epoch(epoch)),
                Err(LobbyError::NotTheHost)
            );
        }
        state.end(id, player(HOST), Epoch(0)).unwrap();
        assert_eq!(state.census(), (0, 0));
    }
}
