//! Keeps a [`Peer`] in its match: renews its ticket, opens new links when the old one breaks, tells
//! the relay that a hosted match lives, and takes the match over when its host is gone.
//!
//! It is the policy that `peer` and `transport` deliberately lack, once for the game, the headless
//! host and the bots. It never blocks and reads no clock. How one gets the first ticket is not its
//! business.

use core::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::lobby::{self, LobbyError, Reply};
use crate::peer::{self, Need, Peer};
use crate::protocol::{Claim, Heartbeat, Role, Ticket};
use crate::session::HostOptions;
use crate::sim::Simulation;
use crate::transport::{Conditions, Impaired, Link, Socket, TransportError};

/// How often a host tells the relay that the match lives.
///
/// Where the broker does not tell who is connected, a silence that is longer than this is all that
/// the relay knows of a host's death.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// How often the ticket is renewed, so that its token never ends while one plays.
const RENEWAL: Duration = Duration::from_secs(5 * 60);

/// Between two claims, and between two attempts to connect at first; brokers take one connection
/// a second of a client.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Between two attempts to connect at last: shorter than a relay that restarts waits for a host
/// before it lets others claim the match.
const LONGEST_PAUSE: Duration = Duration::from_millis(2_500);

/// Whoever plays for this long has a connection that works.
const SETTLED: Duration = Duration::from_secs(10);

/// The statuses of answers that may be different next time.
const PASSING: core::ops::RangeInclusive<u16> = 500..=599;
const TOO_MANY_REQUESTS: u16 = 429;
const NOT_FOUND: u16 = 404;

/// What a participant asks of the relay, and of its platform.
pub trait Backend {
    /// What [`open`](Self::open) opens.
    type Link: Link;

    /// Connects the holder of `ticket`, with the last will of its role.
    ///
    /// # Errors
    /// If not even an attempt is possible.
    fn open(&mut self, ticket: &Ticket) -> Result<Self::Link, TransportError>;
    /// See [`lobby::Client::renew`].
    fn renew(&mut self, ticket: &Ticket) -> Reply<Ticket>;
    /// See [`lobby::Client::claim`].
    fn claim(&mut self, ticket: &Ticket, claim: &Claim) -> Reply<Ticket>;
    /// See [`lobby::Client::heartbeat`].
    fn heartbeat(&mut self, ticket: &Ticket, heartbeat: &Heartbeat) -> Reply<()>;
    /// See [`lobby::Client::end`].
    fn end(&mut self, ticket: &Ticket) -> Reply<()>;
}

/// A relay that is called over HTTP, and a broker that is reached over a socket.
#[derive(Clone, Debug)]
pub struct Online {
    /// Calls the relay.
    pub client: lobby::Client,
    /// The network that each link has on top of the real one.
    pub conditions: Conditions,
    /// The same seed gives the same bad network.
    pub seed: u64,
}

impl Backend for Online {
    type Link = Impaired<Socket>;

    fn open(&mut self, ticket: &Ticket) -> Result<Self::Link, TransportError> {
        let socket = Socket::open(peer::connect(ticket))?;
        Ok(Impaired::new(socket, self.conditions, self.seed))
    }

    fn renew(&mut self, ticket: &Ticket) -> Reply<Ticket> {
        self.client.renew(ticket)
    }

    fn claim(&mut self, ticket: &Ticket, claim: &Claim) -> Reply<Ticket> {
        self.client.claim(ticket, claim)
    }

    fn heartbeat(&mut self, ticket: &Ticket, heartbeat: &Heartbeat) -> Reply<()> {
        self.client.heartbeat(ticket, heartbeat)
    }

    fn end(&mut self, ticket: &Ticket) -> Reply<()> {
        self.client.end(ticket)
    }
}

/// How things stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// The broker has not answered yet.
    Connecting,
    /// Connected; the arena or the own seat in it is still to come.
    Joining,
    /// In play.
    Playing,
    /// In play by prediction: the host is gone and the next one is being found.
    Electing,
    /// In play by prediction: the link is down and another one is being opened.
    Reconnecting,
    /// Over for good.
    Over {
        /// Why, in words.
        reason: String,
    },
}

/// The last call of a host that leaves; dropping it abandons the answer, not the call.
#[derive(Debug)]
pub enum Farewell {
    /// No call is needed.
    Said,
    /// To its successor.
    HandingOver(Reply<Ticket>),
    /// There is no successor.
    Ending(Reply<()>),
}

impl Farewell {
    /// Blocks until the relay has heard, or cannot be reached: for programs that end now.
    pub fn wait(self) {
        match self {
            Self::Said => {}
            Self::HandingOver(reply) => drop(reply.wait()),
            Self::Ending(reply) => drop(reply.wait()),
        }
    }
}

/// The call for a ticket that is under way, and what the ticket is for.
enum Errand {
    /// To be valid for longer.
    Stay(Reply<Ticket>),
    /// To connect anew, with the role of now.
    Return(Reply<Ticket>),
    /// To be host.
    Claim(Reply<Ticket>),
}

/// A participant that stays in its match.
pub struct Participant<S: Simulation, B: Backend> {
    peer: Peer<S, B::Link>,
    backend: B,
    /// The newest: its token authorises calls.
    ticket: Ticket,
    errand: Option<Errand>,
    /// Links opened since one last worked.
    attempts: u32,
    /// No errand before this.
    pause: Duration,
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
    /// Takes part as the host of a new match that begins with `state`.
    ///
    /// # Errors
    /// If the broker cannot even be tried.
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

    /// Takes part in a match that has begun, see [`Peer::join`].
    ///
    /// # Errors
    /// If the broker cannot even be tried.
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
            errand: None,
            attempts: 0,
            pause: now,
            opened: now,
            renewed: now,
            heartbeat: None,
            last_heartbeat: None,
            was_playing: false,
            over: None,
            now,
        }
    }

    /// Moves the match on to `now` and does what is due. Call it in each frame.
    pub fn update(&mut self, now: Duration) {
        self.now = now;
        self.peer.update(now);
        if self.over.is_some() {
            return;
        }
        let plays = self.peer.status() == peer::Status::Playing;
        self.was_playing |= plays;
        if plays && now.saturating_sub(self.opened) >= SETTLED {
            self.attempts = 0;
        }
        self.proceed(now);
        self.report_life(now);
    }

    fn proceed(&mut self, now: Duration) {
        let need = self.peer.need();
        let Some(errand) = &mut self.errand else {
            if now >= self.pause {
                self.errand = self.set_out(need, now);
            }
            return;
        };
        let (Errand::Stay(reply) | Errand::Return(reply) | Errand::Claim(reply)) = errand;
        let Some(answer) = reply.poll() else {
            return;
        };
        let stays = matches!(errand, Errand::Stay(_));
        let claims = matches!(errand, Errand::Claim(_));
        self.errand = None;
        match answer {
            Ok(ticket) => {
                self.renewed = now;
                // A routine renewal can be the first to say that the role has changed.
                let same = (ticket.role, ticket.epoch) == (self.ticket.role, self.ticket.epoch);
                self.ticket = ticket;
                if !stays || !same {
                    self.reopen(now);
                }
            }
            Err(LobbyError::Refused(problem))
                if !PASSING.contains(&problem.status) && problem.status != TOO_MANY_REQUESTS =>
            {
                if problem.status == NOT_FOUND {
                    self.end("the match is over");
                } else if claims {
                    // Somebody else was faster, or the host lives: what is heard next tells.
                    self.wait(now);
                } else {
                    self.end(&problem.detail);
                }
            }
            Err(_) => self.wait(now),
        }
    }

    fn set_out(&mut self, need: Option<Need>, now: Duration) -> Option<Errand> {
        match need {
            Some(Need::Ticket) => Some(Errand::Return(self.backend.renew(&self.ticket))),
            Some(Need::Claim(epoch)) => {
                let claim = Claim {
                    epoch,
                    successor: None,
                };
                Some(Errand::Claim(self.backend.claim(&self.ticket, &claim)))
            }
            None if now.saturating_sub(self.renewed) >= RENEWAL => {
                self.renewed = now;
                Some(Errand::Stay(self.backend.renew(&self.ticket)))
            }
            None => None,
        }
    }

    /// Connects with the newest ticket.
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

    /// Tries nothing for a while: each time for longer, and not all clients for equally long.
    fn wait(&mut self, now: Duration) {
        let longest = FIRST_PAUSE * 2_u32.saturating_pow(self.attempts);
        self.attempts = (self.attempts + 1).min(5);
        let spread = peer::entropy(&self.ticket).wrapping_mul(u64::from(self.attempts) * 2 + 1);
        let longest = longest.min(LONGEST_PAUSE);
        self.pause = now + longest / 2 + longest / 2 * (spread % 256) as u32 / 256;
    }

    fn end(&mut self, reason: &str) {
        self.over.get_or_insert_with(|| reason.into());
        self.peer.leave();
    }

    fn report_life(&mut self, now: Duration) {
        // A refusal says that another one is host now; the roster says the same.
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

    /// What a host calls to hand its match over: to whom, and with which right. `None` if it is
    /// no host, or nobody else flies.
    #[must_use]
    pub fn handover(&self) -> Option<Claim> {
        Some(Claim {
            epoch: self.peer.epoch(),
            successor: Some(self.peer.successor()?),
        })
    }

    /// Leaves for good: a host hands its match over or, if nobody else flies in it, ends it.
    pub fn leave(&mut self) -> Farewell {
        let farewell = if self.over.is_some() || !self.peer.is_host() {
            Farewell::Said
        } else {
            match self.handover() {
                Some(claim) => Farewell::HandingOver(self.backend.claim(&self.ticket, &claim)),
                None => Farewell::Ending(self.backend.end(&self.ticket)),
            }
        };
        self.end("you left the match");
        farewell
    }

    /// How things stand.
    #[must_use]
    pub fn status(&self) -> Status {
        if let Some(reason) = &self.over {
            return Status::Over {
                reason: reason.clone(),
            };
        }
        let electing = matches!(self.errand, Some(Errand::Claim(_)))
            || matches!(self.peer.need(), Some(Need::Claim(_)));
        match self.peer.status() {
            _ if electing => Status::Electing,
            peer::Status::Closed { .. } => Status::Reconnecting,
            peer::Status::Connecting if self.was_playing => Status::Reconnecting,
            peer::Status::Connecting => Status::Connecting,
            peer::Status::Joining => Status::Joining,
            peer::Status::Playing => Status::Playing,
        }
    }

    /// The match.
    pub const fn peer(&self) -> &Peer<S, B::Link> {
        &self.peer
    }

    /// The match, to steer in it.
    pub const fn peer_mut(&mut self) -> &mut Peer<S, B::Link> {
        &mut self.peer
    }

    /// The newest ticket.
    pub const fn ticket(&self) -> &Ticket {
        &self.ticket
    }
}
