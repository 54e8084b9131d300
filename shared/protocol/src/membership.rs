//! The membership of a match: its seats, its host, and how they change.
//!
//! [`MatchState`] is a pure state machine: caller and time are arguments, and the messages and calls
//! that a change requires are computed from the states before and after it ([`effects`]). The relay
//! and the simulated matches of the tests use the same rules.
//!
//! Non-goals: storage, credentials, and HTTP.

mod effects;
mod refusal;

use core::time::Duration;
use std::collections::HashSet;

use arrayvec::ArrayString;
use netcode::{MAX_SEATS, Slot};
use serde::{Deserialize, Serialize};

use crate::timing::{
    HEARTBEAT_GRACE, HOST_ARRIVAL_GRACE, HOST_LIFE_STORED, HOST_TIMEOUT, SEAT_GRACE,
};
use crate::{
    Callsign, Claim, Code, CreateMatch, Epoch, Heartbeat, JoinMatch, JoinRole, MAX_MATCH_NAME,
    MatchId, OpenMatch, Part, PlayerId, Role, Roster, RosterSeat, Rules,
};

pub use effects::{Effect, effects, open_matches};
pub use refusal::Refusal;

/// What a broker observes of the host of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostLiveness {
    /// It has not connected yet.
    Awaited,
    /// It has connected or published recently.
    Alive,
    /// It was connected, and is silent or disconnected.
    Dead,
    /// The broker does not report connections: only the host's heartbeats count.
    Unobserved,
}

/// The author of a request, according to its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The player.
    pub player: PlayerId,
    /// The role when the token was signed.
    pub role: Role,
    /// The epoch when the token was signed.
    pub epoch: Epoch,
}

/// The time of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Since 1970 (UTC).
    pub now: Duration,
    /// When the relay started, since 1970 (UTC); silence before it does not count.
    pub up: Duration,
}

impl Moment {
    /// The part of the time since `last` in which the relay has been running.
    fn since(self, last: Duration) -> Duration {
        self.now.saturating_sub(last.max(self.up))
    }
}

/// The membership of one match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchState {
    id: MatchId,
    code: Code,
    name: ArrayString<MAX_MATCH_NAME>,
    public: bool,
    max_players: u8,
    rules: Rules,
    epoch: Epoch,
    host: PlayerId,
    /// When the epoch began, since 1970 (UTC).
    named: Duration,
    /// The stored time of the host's last sign of life, since 1970 (UTC).
    heard: Duration,
    /// Ordered by slot.
    seats: Vec<ReservedSeat>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ReservedSeat {
    player: PlayerId,
    slot: Slot,
    callsign: Callsign,
    /// The seat is kept until then even if the host does not know the player.
    kept_until: Duration,
}

impl MatchState {
    /// A new match.
    ///
    /// # Errors
    /// If the request breaks a rule.
    pub fn create(
        request: &CreateMatch,
        id: MatchId,
        code: Code,
        host: PlayerId,
        at: Moment,
    ) -> Result<Self, Refusal> {
        if !(1..=MAX_SEATS).contains(&usize::from(request.max_players)) {
            return Err(Refusal::Seats);
        }
        if request.name.trim().is_empty() {
            return Err(Refusal::Name);
        }
        let mut game = Self {
            id,
            code,
            name: request.name,
            public: request.public,
            max_players: request.max_players,
            rules: request.rules,
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

    /// Whether the player is the host or has a seat.
    #[must_use]
    pub fn has(&self, player: PlayerId) -> bool {
        self.host == player || self.seats.iter().any(|seat| seat.player == player)
    }

    /// Adds a player or a spectator to the match.
    ///
    /// # Errors
    /// If the rules of the game differ, or no seat is free.
    pub fn join(
        &mut self,
        request: &JoinMatch,
        player: PlayerId,
        at: Moment,
    ) -> Result<Part, Refusal> {
        self.check_rules(request.rules)?;
        let role = match request.role {
            JoinRole::Player => {
                self.sit(player, request.callsign, at)?;
                Role::Player
            }
            JoinRole::Spectator => Role::Spectator,
        };
        Ok(self.part(player, role))
    }

    /// The caller's present participation, which may differ from its token; its seat, if any, is kept.
    ///
    /// # Errors
    /// If the caller's seat has been given up.
    pub fn renew(&mut self, caller: Caller, at: Moment) -> Result<Part, Refusal> {
        let seat = self
            .seats
            .iter_mut()
            .find(|seat| seat.player == caller.player);
        let seated = seat.map(|seat| seat.keep(at)).is_some();
        let role = if self.host == caller.player {
            self.store_life(HOST_LIFE_STORED, at);
            Role::Host
        } else if seated {
            Role::Player
        } else if caller.role == Role::Player {
            return Err(Refusal::SeatLost);
        } else {
            Role::Spectator
        };
        Ok(self.part(caller.player, role))
    }

    /// Replaces the host; returns the caller's participation afterwards.
    ///
    /// # Errors
    /// If the epoch has ended, the host is alive, or the caller may not claim.
    pub fn claim(
        &mut self,
        caller: Caller,
        claim: &Claim,
        liveness: HostLiveness,
        at: Moment,
    ) -> Result<Part, Refusal> {
        if claim.epoch != self.epoch {
            return Err(Refusal::EpochMoved);
        }
        let next = match claim.successor {
            None => {
                self.check_claimant(caller)?;
                if self.host_is_alive(liveness, at) {
                    return Err(Refusal::HostAlive);
                }
                caller.player
            }
            Some(successor) => {
                self.check_host(caller.player, caller.epoch)?;
                if successor == self.host || !self.has_seat(successor) {
                    return Err(Refusal::NoSuccessor);
                }
                successor
            }
        };
        self.set_host(next, at);
        self.renew(caller, at)
    }

    /// Records that the host of `epoch` is alive, and frees the seats of players that it does not know.
    ///
    /// # Errors
    /// If the caller is not that host.
    pub fn heartbeat(
        &mut self,
        host: PlayerId,
        epoch: Epoch,
        heartbeat: &Heartbeat,
        liveness: HostLiveness,
        at: Moment,
    ) -> Result<(), Refusal> {
        self.check_host(host, epoch)?;
        self.store_life(
            match liveness {
                HostLiveness::Unobserved => Duration::ZERO,
                _ => HOST_LIFE_STORED,
            },
            at,
        );
        let known: HashSet<PlayerId> = heartbeat.players.iter().copied().collect();
        self.seats
            .retain(|seat| seat.player == host || known.contains(&seat.player) || seat.is_kept(at));
        Ok(())
    }

    /// Checks that the player is the host of `epoch`.
    ///
    /// # Errors
    /// If it is not.
    pub fn check_host(&self, player: PlayerId, epoch: Epoch) -> Result<(), Refusal> {
        if self.host == player && self.epoch == epoch {
            Ok(())
        } else {
            Err(Refusal::NotTheHost)
        }
    }

    /// Whether the match is over because its host has been silent for [`HOST_TIMEOUT`].
    #[must_use]
    pub fn is_over(&self, at: Moment) -> bool {
        at.since(self.heard) >= HOST_TIMEOUT
    }

    /// The host's participation.
    #[must_use]
    pub const fn host(&self) -> Part {
        self.part(self.host, Role::Host)
    }

    /// The number of people in seats.
    #[must_use]
    pub const fn people(&self) -> usize {
        self.seats.len()
    }

    /// The row in the list of open matches, if the match is listed. After a restart of the relay, it is
    /// listed once its host has shown to be alive.
    #[must_use]
    pub fn row(&self, at: Moment) -> Option<OpenMatch> {
        (self.public && self.host_was_heard(at)).then_some(OpenMatch {
            id: self.id,
            code: self.code,
            name: self.name,
            rules: self.rules,
            players: self.seats.len() as u8,
            max_players: self.max_players,
        })
    }

    /// The host and the players, each once.
    pub fn members(&self) -> Vec<PlayerId> {
        let seated = self.seats.iter().map(|seat| seat.player);
        let others = seated.filter(|player| *player != self.host);
        [self.host].into_iter().chain(others).collect()
    }

    /// Reserves the lowest free slot.
    fn sit(&mut self, player: PlayerId, callsign: Callsign, at: Moment) -> Result<(), Refusal> {
        if self.seats.len() >= usize::from(self.max_players) {
            return Err(Refusal::MatchFull);
        }
        let slot = Slot::first(usize::from(self.max_players))
            .find(|slot| self.seats.iter().all(|seat| seat.slot != *slot))
            .ok_or(Refusal::MatchFull)?;
        let seat = ReservedSeat {
            player,
            slot,
            callsign,
            kept_until: at.now + SEAT_GRACE,
        };
        let place = self.seats.partition_point(|seat| seat.slot < slot);
        self.seats.insert(place, seat);
        Ok(())
    }

    /// Starts the next epoch with this host.
    fn set_host(&mut self, host: PlayerId, at: Moment) {
        self.epoch = self.epoch.next();
        self.host = host;
        self.named = at.now;
        self.heard = at.now;
        // The new host's heartbeats free no seats until it has had time to receive from the players.
        for seat in &mut self.seats {
            seat.keep(at);
        }
    }

    /// Stores that the host is alive now, unless that was stored within the last `period`.
    fn store_life(&mut self, period: Duration, at: Moment) {
        if !self.host_was_heard(at) || at.since(self.heard) >= period {
            self.heard = at.now;
        }
    }

    /// Whether the host is alive or may still connect.
    fn host_is_alive(&self, liveness: HostLiveness, at: Moment) -> bool {
        match liveness {
            HostLiveness::Awaited => at.since(self.named) < HOST_ARRIVAL_GRACE,
            HostLiveness::Alive => true,
            HostLiveness::Dead => false,
            HostLiveness::Unobserved => at.since(self.heard) < HEARTBEAT_GRACE,
        }
    }

    /// Whether the host has shown to be alive since the relay started.
    fn host_was_heard(&self, at: Moment) -> bool {
        self.heard >= at.up
    }

    const fn part(&self, player: PlayerId, role: Role) -> Part {
        Part {
            match_id: self.id,
            code: self.code,
            player,
            role,
            epoch: self.epoch,
            rules: self.rules,
        }
    }

    /// Checks that a client has the same game and version of the rules.
    ///
    /// # Errors
    /// If it does not.
    pub fn check_rules(&self, rules: Rules) -> Result<(), Refusal> {
        if self.rules.game != rules.game {
            Err(Refusal::OtherGame {
                game: self.rules.game,
            })
        } else if self.rules.version != rules.version {
            Err(Refusal::OtherRules {
                of_match: self.rules.version,
                of_client: rules.version,
            })
        } else {
            Ok(())
        }
    }

    fn has_seat(&self, player: PlayerId) -> bool {
        self.seats.iter().any(|seat| seat.player == player)
    }

    /// Checks that the caller may become host without being named as successor.
    fn check_claimant(&self, caller: Caller) -> Result<(), Refusal> {
        if caller.player == self.host {
            Err(Refusal::AlreadyHost)
        } else if self.has_seat(caller.player) {
            Ok(())
        } else if caller.role == Role::Player {
            Err(Refusal::SeatLost)
        } else {
            Err(Refusal::NoSeat)
        }
    }

    /// The roster to publish.
    #[must_use]
    pub fn roster(&self) -> Roster {
        Roster {
            epoch: self.epoch,
            host: self.host,
            seats: self
                .seats
                .iter()
                .map(|seat| RosterSeat {
                    player: seat.player,
                    slot: seat.slot,
                    callsign: seat.callsign,
                })
                .collect(),
        }
    }
}

impl ReservedSeat {
    /// Keeps the seat for [`SEAT_GRACE`] even if the host does not know its player.
    fn keep(&mut self, at: Moment) {
        self.kept_until = self.kept_until.max(at.now + SEAT_GRACE);
    }

    fn is_kept(&self, at: Moment) -> bool {
        at.now < self.kept_until.max(at.up + SEAT_GRACE)
    }
}

#[cfg(test)]
mod tests;
