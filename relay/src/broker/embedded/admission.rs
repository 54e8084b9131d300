//! Who may connect: open matches with their epochs, live connections, and the rate of CONNECTs.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use protocol::{Epoch, MatchId, PlayerId, Role};

use super::counters::Refusal;
use super::lease::Lease;
use super::profile::CONNECT_PAUSE;
use crate::token::{Claims, MatchRole};
use protocol::membership::HostLiveness;

/// The state behind the broker's one admission lock, so that no client connects while its match closes.
#[derive(Default)]
pub(super) struct Admission {
    open: HashMap<MatchId, MatchState>,
    /// By the connection's number.
    live: HashMap<u64, (Claims, Arc<Lease>)>,
    /// The last CONNECT of each client id, while it may not connect again yet.
    last_connect: HashMap<PlayerId, Instant>,
}

/// The epoch in force in a match.
struct MatchState {
    epoch: Epoch,
    /// Whether the epoch's host has ever connected.
    host_connected: bool,
}

impl MatchState {
    const fn new(epoch: Epoch) -> Self {
        Self {
            epoch,
            host_connected: false,
        }
    }
}

impl Admission {
    /// Counts a CONNECT; returns `false`, without counting it, if it comes too soon after the
    /// client id's last one.
    pub(super) fn allow_connect(&mut self, player: PlayerId, now: Instant) -> bool {
        self.last_connect
            .retain(|_, last| now.saturating_duration_since(*last) < CONNECT_PAUSE);
        let allowed = !self.last_connect.contains_key(&player);
        if allowed {
            self.last_connect.insert(player, now);
        }
        allowed
    }

    /// Checks that the seat's match is open and, for a host, that its epoch is in force.
    pub(super) fn enter(&mut self, seat: MatchRole) -> Result<(), Refusal> {
        let state = self
            .open
            .get_mut(&seat.match_id)
            .ok_or(Refusal::MatchClosed)?;
        if seat.role == Role::Host {
            if seat.epoch < state.epoch {
                return Err(Refusal::Fenced);
            }
            state.host_connected = true;
        }
        Ok(())
    }

    /// Adds an accepted connection.
    pub(super) fn insert(&mut self, number: u64, claims: Claims, lease: Arc<Lease>) {
        self.live.insert(number, (claims, lease));
    }

    /// Removes a closed connection.
    pub(super) fn remove(&mut self, number: u64) {
        self.live.remove(&number);
    }

    /// Lets the player's connections live until `until`, in seconds since 1970 (UTC).
    pub(super) fn extend(&self, player: PlayerId, until: u64) {
        for (holder, lease) in self.live.values() {
            if holder.sub == player {
                lease.extend(until);
            }
        }
    }

    /// Opens a match in this epoch.
    pub(super) fn open(&mut self, id: MatchId, epoch: Epoch) {
        self.open.insert(id, MatchState::new(epoch));
    }

    /// Puts `epoch` in force and ends the connections of hosts of older ones.
    pub(super) fn fence(&mut self, id: MatchId, epoch: Epoch) {
        if let Some(state) = self.open.get_mut(&id) {
            *state = MatchState::new(epoch);
        }
        self.end(|claims| {
            claims.seat.is_some_and(|seat| {
                seat.match_id == id && seat.role == Role::Host && seat.epoch < epoch
            })
        });
    }

    /// Closes a match and ends all its connections.
    pub(super) fn close(&mut self, id: MatchId) {
        self.open.remove(&id);
        self.end(|claims| claims.seat.is_some_and(|seat| seat.match_id == id));
    }

    /// Ends the connections whose claims match.
    pub(super) fn end(&self, matching: impl Fn(&Claims) -> bool) {
        for (claims, lease) in self.live.values() {
            if matching(claims) {
                lease.end();
            }
        }
    }

    /// Whether the host of `epoch` is connected and active; `now_ms` is on the broker's clock.
    pub(super) fn host_liveness(&self, id: MatchId, epoch: Epoch, now_ms: u64) -> HostLiveness {
        let host = MatchRole {
            match_id: id,
            role: Role::Host,
            epoch,
        };
        let is_active = self
            .live
            .values()
            .any(|(claims, lease)| claims.seat == Some(host) && lease.is_active(now_ms));
        let state = self.open.get(&id);
        if is_active {
            HostLiveness::Alive
        } else if state.is_some_and(|state| state.epoch == epoch && !state.host_connected) {
            HostLiveness::Awaited
        } else {
            HostLiveness::Dead
        }
    }
}
