//! The lobby's rules as a plain value: no lock, no clock, no network. Time is passed in, counted
//! from any fixed origin, and what others must be told is kept as [`Event`]s until taken.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use arrayvec::ArrayString;
use shared::protocol::{
    Callsign, Claim, Code, CreateMatch, Epoch, Heartbeat, JoinMatch, JoinRole, MAX_MATCH_NAME,
    MatchId, OpenMatch, Part, PlayerId, Role,
};
use shared::sim::{MAX_SLOTS, Slot};
use shared::wire;

use crate::broker::Pulse;

/// A match ends when its host has been silent, and nobody has taken over, for this long.
pub(super) const HOST_SILENCE: Duration = Duration::from_secs(30);

/// A seat is kept for this long for a player whom the host does not know yet.
pub(super) const SEAT_GRACE: Duration = Duration::from_secs(30);

/// A new host has this long to connect before somebody else may take over.
const ARRIVAL: Duration = Duration::from_secs(3);

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
    /// Somebody else's claim came first.
    #[error("this epoch is over and there is another host: renew your ticket")]
    EpochMoved,
    /// The host need not be replaced.
    #[error("the host is alive, or has only just been named: try again if it stays silent")]
    HostAlive,
    /// The host claims its own match.
    #[error("you are the host already: renew your ticket")]
    AlreadyHost,
    /// Whoever claims has never had a seat.
    #[error("only a player can take over: join with the code as a player")]
    NoSeat,
    /// Nobody to hand over to.
    #[error("the successor has no seat in this match: hand over to another player")]
    NoSuccessor,
    /// Another match has this code: draw again.
    #[error("the code is taken")]
    CodeTaken,
}

/// Who asks, as its token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Caller {
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
    /// Another host took over: this epoch is in force.
    Moved(MatchId, Epoch),
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
    /// When the epoch began.
    named: Duration,
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
            named: now,
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

    /// The part that somebody has now; its seat, if any, is kept.
    pub(super) fn renew(
        &mut self,
        id: MatchId,
        caller: Caller,
        now: Duration,
    ) -> Result<Part, LobbyError> {
        let game = self.matches.get_mut(&id).ok_or(LobbyError::NoSuchMatch)?;
        game.part_now(caller, now)
    }

    /// Replaces the host, of whom the broker says `pulse`; yields the caller's part afterwards.
    pub(super) fn claim(
        &mut self,
        id: MatchId,
        caller: Caller,
        claim: &Claim,
        pulse: Pulse,
        now: Duration,
    ) -> Result<Part, LobbyError> {
        let game = self.matches.get_mut(&id).ok_or(LobbyError::NoSuchMatch)?;
        if claim.epoch != game.epoch {
            return Err(LobbyError::EpochMoved);
        }
        let winner = match claim.successor {
            None => {
                game.check_heir(caller)?;
                let awaited = pulse == Pulse::Awaited && now.saturating_sub(game.named) < ARRIVAL;
                if awaited || pulse == Pulse::Beating {
                    return Err(LobbyError::HostAlive);
                }
                caller.player
            }
            Some(successor) => {
                game.check_host(caller.player, caller.epoch)?;
                if successor == game.host || !game.has_seat(successor) {
                    return Err(LobbyError::NoSuccessor);
                }
                successor
            }
        };
        game.crown(winner, now);
        // The news first: who reads it does not take the old host's last will for a failure.
        self.events
            .push(Event::Reseated(id, Box::new(game.roster())));
        self.events.push(Event::Moved(id, game.epoch));
        game.part_now(caller, now)
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

    /// Begins the next epoch, with this host.
    fn crown(&mut self, host: PlayerId, now: Duration) {
        self.epoch = self.epoch.next();
        self.host = host;
        self.named = now;
        self.heard = now;
        // The new host must learn who plays before its word frees a seat.
        for seat in &mut self.seats {
            seat.keep(now);
        }
    }

    /// What somebody is now, whatever its token said.
    fn part_now(&mut self, caller: Caller, now: Duration) -> Result<Part, LobbyError> {
        let seat = self
            .seats
            .iter_mut()
            .find(|seat| seat.player == caller.player);
        let seated = seat.map(|seat| seat.keep(now)).is_some();
        let role = if self.host == caller.player {
            Role::Host
        } else if seated {
            Role::Player
        } else if caller.role == Role::Player {
            return Err(LobbyError::SeatLost);
        } else {
            Role::Spectator
        };
        Ok(self.part(caller.player, role))
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

    fn has_seat(&self, player: PlayerId) -> bool {
        self.seats.iter().any(|seat| seat.player == player)
    }

    /// Whether somebody may become host by itself.
    fn check_heir(&self, caller: Caller) -> Result<(), LobbyError> {
        if caller.player == self.host {
            Err(LobbyError::AlreadyHost)
        } else if self.has_seat(caller.player) {
            Ok(())
        } else if caller.role == Role::Player {
            Err(LobbyError::SeatLost)
        } else {
            Err(LobbyError::NoSeat)
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

impl Seat {
    /// Keeps the seat for a while even if the host does not know its player.
    fn keep(&mut self, now: Duration) {
        self.kept_until = self.kept_until.max(now + SEAT_GRACE);
    }
}

#[cfg(test)]
mod tests;
