//! The rules of a match as a plain value: no lock, no clock, no network, no store. Time is passed
//! in, and what others must be told of a change follows from the match before and after it.

use std::collections::HashSet;
use std::time::Duration;

use arrayvec::ArrayString;
use serde::{Deserialize, Serialize};
use shared::protocol::{
    Callsign, Claim, Code, CreateMatch, Epoch, Heartbeat, JoinMatch, JoinRole, MAX_MATCH_NAME,
    MatchId, OpenMatch, Part, PlayerId, Role,
};
use shared::sim::{MAX_SLOTS, Slot};
use shared::wire;

use crate::broker::Pulse;

/// A match ends when no sign of its host's life has been noted, and nobody has taken over, for
/// this long.
pub(super) const HOST_SILENCE: Duration = Duration::from_secs(40);

/// A sign of life is noted only when the last one is this old: each note waits for a disk.
const NOTED_EVERY: Duration = Duration::from_secs(10);

/// Where only its calls of the lobby tell that a host lives, each counts for so long: a little
/// longer than the host waits before the next one.
const WORD: Duration = Duration::from_secs(3);

/// A seat is kept for this long for a player whom the host does not know yet.
pub(super) const SEAT_GRACE: Duration = Duration::from_secs(30);

/// A new host has this long to connect before somebody else may take over.
const ARRIVAL: Duration = Duration::from_secs(3);

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
}

/// Who asks, as its token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Caller {
    pub(super) player: PlayerId,
    pub(super) role: Role,
    pub(super) epoch: Epoch,
}

/// When something happens, since 1970 (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) now: Duration,
    /// Since when the relay has listened: nobody is to blame for silence before that.
    pub(super) up: Duration,
}

impl Moment {
    /// For how long the relay could have heard of something new.
    fn since(self, last: Duration) -> Duration {
        self.now.saturating_sub(last.max(self.up))
    }
}

/// What others must be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A match began, or goes on after the relay's restart, in this epoch.
    Opened(MatchId, Epoch),
    /// Its seats or its host changed.
    Reseated(MatchId, Box<wire::Roster>),
    /// Another host than this one took over: this epoch is in force.
    Moved(MatchId, Epoch, PlayerId),
    /// It ended in this epoch, with this host and these players.
    Closed(MatchId, Epoch, Vec<PlayerId>),
    /// The list of open matches changed.
    Relisted,
}

/// One match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Match {
    id: MatchId,
    code: Code,
    name: ArrayString<MAX_MATCH_NAME>,
    public: bool,
    max_players: u8,
    epoch: Epoch,
    host: PlayerId,
    /// When the epoch began.
    named: Duration,
    /// When a sign of the host's life was last noted.
    heard: Duration,
    /// Ordered by slot.
    seats: Vec<Seat>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Seat {
    player: PlayerId,
    slot: Slot,
    callsign: Callsign,
    /// Until when the host need not know the player.
    kept_until: Duration,
}

impl Match {
    /// A new match.
    pub(super) fn create(
        request: &CreateMatch,
        id: MatchId,
        code: Code,
        host: PlayerId,
        at: Moment,
    ) -> Result<Self, LobbyError> {
        if !(1..=MAX_SLOTS).contains(&usize::from(request.max_players)) {
            return Err(LobbyError::Seats);
        }
        if request.name.trim().is_empty() {
            return Err(LobbyError::Name);
        }
        let mut game = Self {
            id,
            code,
            name: request.name,
            public: request.public,
            max_players: request.max_players,
            epoch: Epoch::default(),
            host,
            named: at.now,
            heard: at.now,
            seats: Vec::new(),
        };
        if let Some(callsign) = request.callsign {
            game.sit(host, callsign, at)?;
        }
        Ok(game)
    }

    /// Takes a part in it.
    pub(super) fn join(
        &mut self,
        request: &JoinMatch,
        player: PlayerId,
        at: Moment,
    ) -> Result<Part, LobbyError> {
        let role = match request.role {
            JoinRole::Player => {
                self.sit(player, request.callsign, at)?;
                Role::Player
            }
            JoinRole::Spectator => Role::Spectator,
        };
        Ok(self.part(player, role))
    }

    /// The part that somebody has now, whatever its token said; its seat, if any, is kept.
    pub(super) fn renew(&mut self, caller: Caller, at: Moment) -> Result<Part, LobbyError> {
        let seat = self
            .seats
            .iter_mut()
            .find(|seat| seat.player == caller.player);
        let seated = seat.map(|seat| seat.keep(at)).is_some();
        let role = if self.host == caller.player {
            self.note_life(NOTED_EVERY, at);
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

    /// Replaces the host, of whom the broker says `pulse`; yields the caller's part afterwards.
    pub(super) fn claim(
        &mut self,
        caller: Caller,
        claim: &Claim,
        pulse: Pulse,
        at: Moment,
    ) -> Result<Part, LobbyError> {
        if claim.epoch != self.epoch {
            return Err(LobbyError::EpochMoved);
        }
        let winner = match claim.successor {
            None => {
                self.check_heir(caller)?;
                if self.host_lives(pulse, at) {
                    return Err(LobbyError::HostAlive);
                }
                caller.player
            }
            Some(successor) => {
                self.check_host(caller.player, caller.epoch)?;
                if successor == self.host || !self.has_seat(successor) {
                    return Err(LobbyError::NoSuccessor);
                }
                successor
            }
        };
        self.crown(winner, at);
        self.renew(caller, at)
    }

    /// The host of `epoch`, of whom the broker says `pulse`, lives, and knows these players.
    pub(super) fn heartbeat(
        &mut self,
        host: PlayerId,
        epoch: Epoch,
        heartbeat: &Heartbeat,
        pulse: Pulse,
        at: Moment,
    ) -> Result<(), LobbyError> {
        self.check_host(host, epoch)?;
        self.note_life(
            match pulse {
                Pulse::Unseen => Duration::ZERO,
                _ => NOTED_EVERY,
            },
            at,
        );
        let known: HashSet<PlayerId> = heartbeat.players.iter().copied().collect();
        self.seats
            .retain(|seat| seat.player == host || known.contains(&seat.player) || seat.is_kept(at));
        Ok(())
    }

    /// Whether the host of `epoch` is who asks.
    pub(super) fn check_host(&self, player: PlayerId, epoch: Epoch) -> Result<(), LobbyError> {
        if self.host == player && self.epoch == epoch {
            Ok(())
        } else {
            Err(LobbyError::NotTheHost)
        }
    }

    /// Whether it is over, because its host has been silent for [`HOST_SILENCE`].
    pub(super) fn is_over(&self, at: Moment) -> bool {
        at.since(self.heard) >= HOST_SILENCE
    }

    /// The part of its host.
    pub(super) const fn host(&self) -> Part {
        self.part(self.host, Role::Host)
    }

    /// People in its seats.
    pub(super) const fn people(&self) -> usize {
        self.seats.len()
    }

    /// Its row in the list of open matches, if it is in it: not while nobody knows whether its
    /// host came back after the relay's restart.
    pub(super) fn row(&self, at: Moment) -> Option<OpenMatch> {
        (self.public && self.has_host(at)).then_some(OpenMatch {
            id: self.id,
            code: self.code,
            name: self.name,
            players: self.seats.len() as u8,
            max_players: self.max_players,
        })
    }

    /// Its host and its players.
    pub(super) fn members(&self) -> Vec<PlayerId> {
        let seated = self.seats.iter().map(|seat| seat.player);
        let others = seated.filter(|player| *player != self.host);
        [self.host].into_iter().chain(others).collect()
    }

    /// Gives the lowest free slot.
    fn sit(&mut self, player: PlayerId, callsign: Callsign, at: Moment) -> Result<(), LobbyError> {
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
            kept_until: at.now + SEAT_GRACE,
        };
        let place = self.seats.partition_point(|seat| seat.slot < slot);
        self.seats.insert(place, seat);
        Ok(())
    }

    /// Begins the next epoch, with this host.
    fn crown(&mut self, host: PlayerId, at: Moment) {
        self.epoch = self.epoch.next();
        self.host = host;
        self.named = at.now;
        self.heard = at.now;
        // The new host must learn who plays before its word frees a seat.
        for seat in &mut self.seats {
            seat.keep(at);
        }
    }

    /// The host has shown life, which need not be noted if it has been within the last `period`.
    fn note_life(&mut self, period: Duration, at: Moment) {
        if !self.has_host(at) || at.since(self.heard) >= period {
            self.heard = at.now;
        }
    }

    /// Whether the host lives or is still awaited.
    fn host_lives(&self, pulse: Pulse, at: Moment) -> bool {
        match pulse {
            Pulse::Awaited => at.since(self.named) < ARRIVAL,
            Pulse::Beating => true,
            Pulse::Stopped => false,
            Pulse::Unseen => at.since(self.heard) < WORD,
        }
    }

    /// Whether its host has been heard of since the relay listens.
    fn has_host(&self, at: Moment) -> bool {
        self.heard >= at.up
    }

    const fn part(&self, player: PlayerId, role: Role) -> Part {
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
}

impl Seat {
    /// Keeps the seat for a while even if the host does not know its player.
    fn keep(&mut self, at: Moment) {
        self.kept_until = self.kept_until.max(at.now + SEAT_GRACE);
    }

    fn is_kept(&self, at: Moment) -> bool {
        at.now < self.kept_until.max(at.up + SEAT_GRACE)
    }
}

/// What others must be told of a match that was as `before` and is as `after`, in this order;
/// `None` is no match, or none that they have been told of.
pub(super) fn news(before: Option<&Match>, after: Option<&Match>, at: Moment) -> Vec<Event> {
    let mut events = Vec::new();
    if let Some(game) = after {
        let roster = game.roster();
        if before.is_none() {
            events.push(Event::Opened(game.id, game.epoch));
        }
        // Before the old host's end: who reads it does not take that host's last will for a
        // failure.
        if before.map(Match::roster).as_ref() != Some(&roster) {
            events.push(Event::Reseated(game.id, Box::new(roster)));
        }
        if let Some(before) = before.filter(|before| before.epoch != game.epoch) {
            events.push(Event::Moved(game.id, game.epoch, before.host));
        }
    } else if let Some(game) = before {
        events.push(Event::Closed(game.id, game.epoch, game.members()));
    }
    let row = |game: Option<&Match>| game.and_then(|game| game.row(at));
    if row(before) != row(after) {
        events.push(Event::Relisted);
    }
    events
}

/// The list of open matches: those that the most people play first, and none that is over.
pub(super) fn open_matches<'a>(
    matches: impl Iterator<Item = &'a Match>,
    at: Moment,
) -> Vec<OpenMatch> {
    let mut open: Vec<OpenMatch> = matches
        .filter(|game| !game.is_over(at))
        .filter_map(|game| game.row(at))
        .collect();
    open.sort_unstable_by_key(|row| (core::cmp::Reverse(row.players), row.id));
    open
}

#[cfg(test)]
mod tests;
