//! The accessors of a peer: progress, state and measurements.
//!
//! Non-goals: changing the peer.

use link::Link;
use netcode::{Health, History, NoticeOf, Simulation, Slot, StateTooLarge, Tick};
use protocol::{Announcement, Epoch, PlayerId, Role, Roster, Ticket};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::session::Session;
use super::traffic::Traffic;
use super::{Peer, Progress, seat_of};

impl<S, L> Peer<S, L>
where
    S: Simulation + Serialize + DeserializeOwned,
    L: Link,
{
    /// The present epoch, as far as known.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.session.epoch()
    }

    /// Whether the state after the last delta is known; for a host, always.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.session.is_live()
    }

    /// Whether it is the host now.
    #[must_use]
    pub const fn is_host(&self) -> bool {
        matches!(self.session, Session::Host(..))
    }

    /// For a host: the player to hand the match over to, if there is one.
    #[must_use]
    pub fn successor(&self) -> Option<PlayerId> {
        match &self.session {
            Session::Host(host, seats) => seats.player(host.successor()?),
            Session::Guest(_) => None,
        }
    }

    /// For a host: why no keyframe can be published, if so; then no client can join or resynchronise.
    #[must_use]
    pub fn failure(&self) -> Option<StateTooLarge> {
        match &self.session {
            Session::Host(host, _) => host.failure(),
            Session::Guest(_) => None,
        }
    }

    /// The progress.
    #[must_use]
    pub fn progress(&self) -> Progress {
        if let Some(reason) = &self.closed {
            return Progress::Closed {
                reason: reason.clone(),
            };
        }
        if self.connected.is_none() {
            return Progress::Connecting;
        }
        let seated = match (&self.session, self.ticket.role) {
            (Session::Host(..), _) => true,
            (Session::Guest(guest), Role::Spectator) => guest.predicted().is_some(),
            (Session::Guest(guest), _) => guest
                .predicted()
                .zip(self.slot())
                .is_some_and(|((_, state), slot)| state.controls(slot).is_some()),
        };
        if seated {
            Progress::Playing
        } else {
            Progress::Joining
        }
    }

    /// The present ticket.
    pub const fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// The link, to wait for messages on platforms where that is possible.
    pub const fn link(&self) -> &L {
        &self.link
    }

    /// The local player's seat; a spectator and a host that does not play have none.
    #[must_use]
    pub fn slot(&self) -> Option<Slot> {
        let roster = self.roster.as_ref()?;
        seat_of(roster, self.ticket.player).map(|seat| seat.slot)
    }

    /// The seats and the host; `None` until the relay has published them.
    pub const fn roster(&self) -> Option<&Roster> {
        self.roster.as_ref()
    }

    /// For a host: the players in the simulation and those that may still appear.
    #[must_use]
    pub fn seated_players(&self) -> Vec<PlayerId> {
        match &self.session {
            Session::Host(host, seats) => host
                .occupied()
                .filter_map(|slot| seats.player(slot))
                .chain(self.slot().map(|_| self.ticket.player))
                .collect(),
            Session::Guest(_) => Vec::new(),
        }
    }

    /// The present state and its tick; predicted for a guest, and for a host that plays.
    pub fn present(&self) -> Option<(Tick, &S)> {
        self.session.present()
    }

    /// The latest confirmed state and its tick.
    pub fn confirmed(&self) -> Option<(Tick, &S)> {
        self.session.confirmed()
    }

    /// See [`Guest::corrected`](netcode::Guest::corrected).
    pub const fn corrected(&self) -> Option<&S> {
        self.session.corrected()
    }

    /// The elapsed fraction of the present tick, `0..1`, for drawing between two ticks.
    #[must_use]
    pub fn fraction(&self) -> f32 {
        self.session.fraction(self.now)
    }

    /// Removes and returns the notices since the last call.
    pub fn take_notices(&mut self) -> Vec<NoticeOf<S>> {
        self.session.take_notices()
    }

    /// Removes and returns the relay's announcements since the last call.
    pub fn take_announcements(&mut self) -> Vec<Announcement> {
        self.announcements.take()
    }

    /// Measurements of the session.
    #[must_use]
    pub fn health(&self) -> Health {
        self.session.health()
    }

    /// The latest confirmed checksums.
    pub const fn history(&self) -> &History {
        self.session.history()
    }

    /// The counters of messages and bytes.
    pub const fn traffic(&self) -> Traffic {
        self.traffic
    }
}
