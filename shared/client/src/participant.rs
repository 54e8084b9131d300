//! Keeps a [`Peer`] in its match: renews its ticket, reconnects when the link breaks, sends a host's
//! heartbeats, and claims the match when its host has vanished.
//!
//! The policy for a [`Peer`], which the game, the headless programs and the tests share. It never blocks
//! and reads no clock.
//!
//! Non-goals: requesting the first ticket.

mod backend;
mod farewell;

use core::time::Duration;

use link::TransportError;
use netcode::{HostOptions, Simulation};
use protocol::timing::{HEARTBEAT, RENEWAL};
use protocol::{Claim, Heartbeat, Role, Rules, Ticket};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::backoff::Backoff;
use crate::connect::jitter_seed;
use crate::lobby::{LobbyError, Reply};
use crate::peer::{Need, Peer, Progress};

pub use backend::{Backend, Handover, Online};
pub use farewell::Farewell;

/// A connection is considered stable after this time in play.
const STABLE_AFTER: Duration = Duration::from_secs(10);

/// The state of a participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// The broker has not answered yet.
    Connecting,
    /// Connected; the state or the player's seat in it is still missing.
    Joining,
    /// In play.
    Playing,
    /// In play by prediction: the host has vanished and the next one is being elected.
    Electing,
    /// In play by prediction: the link is down and another one is being opened.
    Reconnecting,
    /// Ended for good.
    Over {
        /// The reason, as text for people.
        reason: String,
    },
}

/// A call for a ticket, and what the ticket is for.
enum TicketRequest {
    /// To extend its validity.
    Renew(Reply<Ticket>),
    /// To reconnect in the present role.
    Reconnect(Reply<Ticket>),
    /// To become host.
    Claim(Reply<Ticket>),
}

/// A participant that stays in its match.
pub struct Participant<S: Simulation, B: Backend> {
    peer: Peer<S, B::Link>,
    backend: B,
    /// The newest ticket, whose token authorises calls.
    ticket: Ticket,
    request: Option<TicketRequest>,
    backoff: Backoff,
    opened: Duration,
    renewed: Duration,
    heartbeat: Option<Reply<()>>,
    last_heartbeat: Option<Duration>,
    was_playing: bool,
    over: Option<String>,
    now: Duration,
}

impl<S, B> Participant<S, B>
where
    S: Simulation + Serialize + DeserializeOwned,
    B: Backend,
{
    /// The host of a new match with the initial `state`.
    ///
    /// # Errors
    /// If no connection can be attempted.
    pub fn host(
        ticket: Ticket,
        mut backend: B,
        state: S,
        options: HostOptions,
        now: Duration,
    ) -> Result<Self, TransportError> {
        let link = backend.open(&ticket)?;
        let peer = Peer::host(ticket.clone(), link, state, options, now);
        Ok(Self::new(ticket, backend, peer, now))
    }

    /// A participant of an existing match; see [`Peer::join`].
    ///
    /// # Errors
    /// If no connection can be attempted.
    pub fn join(
        ticket: Ticket,
        mut backend: B,
        options: HostOptions,
        now: Duration,
    ) -> Result<Self, TransportError> {
        let link = backend.open(&ticket)?;
        let peer = Peer::join(ticket.clone(), link, options, now);
        Ok(Self::new(ticket, backend, peer, now))
    }

    fn new(ticket: Ticket, backend: B, peer: Peer<S, B::Link>, now: Duration) -> Self {
        Self {
            peer,
            backend,
            ticket,
            request: None,
            backoff: Backoff::new(now),
            opened: now,
            renewed: now,
            heartbeat: None,
            last_heartbeat: None,
            was_playing: false,
            over: None,
            now,
        }
    }

    /// Advances the match to `now` and makes the calls that are due. To be called in each frame.
    pub fn update(&mut self, now: Duration) {
        self.now = now;
        self.peer.update(now);
        if self.over.is_some() {
            return;
        }
        if let Some(failure) = self.peer.failure() {
            self.end(&failure.to_string());
            return;
        }
        let plays = self.peer.progress() == Progress::Playing;
        self.was_playing |= plays;
        if plays && now.saturating_sub(self.opened) >= STABLE_AFTER {
            self.backoff.reset();
        }
        self.poll_request(now);
        self.send_heartbeat(now);
    }

    /// Starts the call that is needed, or processes its response.
    fn poll_request(&mut self, now: Duration) {
        let need = self.peer.need();
        let Some(request) = &mut self.request else {
            if self.backoff.is_over(now) {
                self.request = self.start_request(need, now);
            }
            return;
        };
        let (TicketRequest::Renew(reply)
        | TicketRequest::Reconnect(reply)
        | TicketRequest::Claim(reply)) = request;
        let Some(answer) = reply.poll() else {
            return;
        };
        let renews = matches!(request, TicketRequest::Renew(_));
        let claims = matches!(request, TicketRequest::Claim(_));
        self.request = None;
        match answer {
            Ok(ticket) => {
                self.renewed = now;
                // A routine renewal can be the first to report a new role.
                let same = (ticket.role, ticket.epoch) == (self.ticket.role, self.ticket.epoch);
                self.ticket = ticket;
                if !renews || !same {
                    self.reopen(now);
                }
            }
            Err(error) if error.is_not_found() => self.end("the match is over"),
            // After a refused claim, the roster of the new host or deltas of the old one follow.
            Err(error) if claims || error.is_transient() => self.wait(now),
            Err(LobbyError::Refused(problem)) => self.end(&problem.detail),
            Err(_) => self.wait(now),
        }
    }

    fn start_request(&mut self, need: Option<Need>, now: Duration) -> Option<TicketRequest> {
        match need {
            Some(Need::Ticket) => Some(TicketRequest::Reconnect(self.renew())),
            Some(Need::Claim(epoch)) => {
                let claim = Claim {
                    epoch,
                    successor: None,
                };
                Some(TicketRequest::Claim(
                    self.backend.claim(&self.ticket, &claim),
                ))
            }
            None if now.saturating_sub(self.renewed) >= RENEWAL => {
                self.renewed = now;
                Some(TicketRequest::Renew(self.renew()))
            }
            None => None,
        }
    }

    fn renew(&mut self) -> Reply<Ticket> {
        let rules = Rules {
            version: S::RULES_VERSION,
            ..self.ticket.rules
        };
        self.backend.renew(&self.ticket, rules)
    }

    /// Opens a link with the newest ticket.
    fn reopen(&mut self, now: Duration) {
        self.wait(now);
        match self.backend.open(&self.ticket) {
            Ok(link) => {
                self.opened = now;
                self.peer.resume(self.ticket.clone(), link, now);
            }
            Err(error) => self.end(&error.to_string()),
        }
    }

    fn wait(&mut self, now: Duration) {
        self.backoff.wait(now, jitter_seed(&self.ticket));
    }

    fn end(&mut self, reason: &str) {
        self.over.get_or_insert_with(|| reason.into());
        self.peer.leave();
    }

    fn send_heartbeat(&mut self, now: Duration) {
        // A refusal means that there is another host; the roster reports it too.
        if let Some(Some(_)) = self.heartbeat.as_mut().map(Reply::poll) {
            self.heartbeat = None;
        }
        let due = self
            .last_heartbeat
            .is_none_or(|last| now.saturating_sub(last) >= HEARTBEAT);
        if self.peer.is_host() && self.ticket.role == Role::Host && due && self.heartbeat.is_none()
        {
            self.last_heartbeat = Some(now);
            let heartbeat = Heartbeat {
                players: self.peer.seated_players(),
                tick: self.peer.present().map_or(0, |(tick, _)| tick.0),
            };
            self.heartbeat = Some(self.backend.heartbeat(&self.ticket, &heartbeat));
        }
    }

    /// The handover of this match to another player; `None` if this is not the host or no other player
    /// is present.
    #[must_use]
    pub fn handover(&self) -> Option<Handover> {
        let claim = Claim {
            epoch: self.peer.epoch(),
            successor: Some(self.peer.successor()?),
        };
        Some(Handover::new(self.ticket.clone(), claim))
    }

    /// Leaves the match. A host hands it over to another player or, if none is present, ends it.
    pub fn leave(&mut self) -> Farewell {
        let farewell = if self.over.is_some() || !self.peer.is_host() {
            Farewell::None
        } else {
            match self.handover() {
                Some(handover) => Farewell::HandingOver(handover.send(&mut self.backend)),
                None => Farewell::Ending(self.backend.end(&self.ticket)),
            }
        };
        self.end("you left the match");
        farewell
    }

    /// The state of this participant.
    #[must_use]
    pub fn status(&self) -> Status {
        if let Some(reason) = &self.over {
            return Status::Over {
                reason: reason.clone(),
            };
        }
        let electing = matches!(self.request, Some(TicketRequest::Claim(_)))
            || matches!(self.peer.need(), Some(Need::Claim(_)));
        match self.peer.progress() {
            _ if electing => Status::Electing,
            Progress::Closed { .. } => Status::Reconnecting,
            Progress::Connecting if self.was_playing => Status::Reconnecting,
            Progress::Connecting => Status::Connecting,
            Progress::Joining => Status::Joining,
            Progress::Playing => Status::Playing,
        }
    }

    /// The match.
    pub const fn peer(&self) -> &Peer<S, B::Link> {
        &self.peer
    }

    /// The match, to send controls and messages.
    pub const fn peer_mut(&mut self) -> &mut Peer<S, B::Link> {
        &mut self.peer
    }

    /// The newest ticket.
    pub const fn ticket(&self) -> &Ticket {
        &self.ticket
    }
}
