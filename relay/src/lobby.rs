//! The lobby: which matches are open, who sits in them, and what their tickets say.
//!
//! [`Lobby`] is the shared handle: it locks the state, signs tickets and passes on to the
//! broker what changed. It deliberately takes no part in play, and a match that has started needs
//! it only to let people in.

mod state;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use shared::protocol::{
    Claim, Code, CreateMatch, Epoch, Grants, Heartbeat, JoinMatch, LobbyTicket, MatchId,
    MqttAccess, OpenMatch, Part, PlayerId, Ticket, Topic, TopicNames,
};
use shared::wire;

use crate::broker::Broker;
use crate::token::{self, Claims, Seat, Signer, unix_time};
use state::{Caller, Event, State};

pub use state::LobbyError;

/// Where clients reach the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// `mqtt://host:port`.
    pub tcp: String,
    /// `ws://…` or `wss://…`.
    pub ws: String,
}

/// Why there is no ticket.
#[derive(Debug, thiserror::Error)]
pub enum TicketError {
    /// The rules say no.
    #[error(transparent)]
    Lobby(#[from] LobbyError),
    /// The token cannot be signed.
    #[error(transparent)]
    Token(#[from] token::TokenError),
    /// The system has no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Entropy(#[from] getrandom::Error),
}

/// A handle of the lobby; clones are the same lobby.
#[derive(Clone)]
pub struct Lobby {
    /// A `std` mutex: it is never held across an await.
    state: Arc<Mutex<State>>,
    broker: Broker,
    signer: Arc<Signer>,
    /// Where the lobby's clock starts.
    started: Instant,
}

impl Lobby {
    /// An empty lobby of this broker's matches.
    #[must_use]
    pub fn new(broker: Broker, signer: Arc<Signer>) -> Self {
        let lobby = Self {
            state: Arc::default(),
            broker,
            signer,
            started: Instant::now(),
        };
        lobby.publish_open(&State::default());
        lobby
    }

    /// A ticket that only reads the lobby.
    ///
    /// # Errors
    /// If the system fails; there is no rule against it.
    pub fn visit(&self, at: &Addresses) -> Result<LobbyTicket, TicketError> {
        let player = PlayerId::from_entropy(entropy()?);
        let (mqtt, expires_at) = self.access(player, None, at)?;
        let read = Grants::of_lobby(player).read;
        Ok(LobbyTicket {
            player,
            mqtt,
            topics: TopicNames {
                publish: Vec::new(),
                subscribe: read.iter().map(Topic::to_string).collect(),
            },
            expires_at,
        })
    }

    /// The public matches that have a seat left or can be watched.
    #[must_use]
    pub fn open_matches(&self) -> Vec<OpenMatch> {
        self.change(|state, _| state.open_matches())
    }

    /// Opens a match; the ticket is its host's.
    ///
    /// # Errors
    /// If the request breaks a rule.
    pub fn create(&self, request: &CreateMatch, at: &Addresses) -> Result<Ticket, TicketError> {
        let match_id = MatchId::from_entropy(entropy()?);
        let host = PlayerId::from_entropy(entropy()?);
        let part = loop {
            let code = Code::from_entropy(entropy()?);
            match self.change(|state, now| state.create(request, match_id, code, host, now)) {
                Err(LobbyError::CodeTaken) => {}
                other => break other?,
            }
        };
        self.ticket(part, at)
    }

    /// Takes a part in the match with this code.
    ///
    /// # Errors
    /// If there is no such match or no seat.
    pub fn join(
        &self,
        code: Code,
        request: &JoinMatch,
        at: &Addresses,
    ) -> Result<Ticket, TicketError> {
        let player = PlayerId::from_entropy(entropy()?);
        let part = self.change(|state, now| state.join(code, request, player, now))?;
        self.ticket(part, at)
    }

    /// A fresh ticket for the part that the holder of `claims` has now.
    ///
    /// # Errors
    /// If the match or the holder's seat is gone.
    pub fn renew(
        &self,
        id: MatchId,
        claims: &Claims,
        at: &Addresses,
    ) -> Result<Ticket, TicketError> {
        let caller = caller_in(id, claims)?;
        let part = self.change(|state, now| state.renew(id, caller, now))?;
        self.fresh_ticket(part, at)
    }

    /// Replaces the host; the ticket is for the part that the holder of `claims` has then.
    ///
    /// # Errors
    /// If somebody else's claim came first, the host lives, or the holder may not claim.
    pub fn claim(
        &self,
        id: MatchId,
        claims: &Claims,
        claim: &Claim,
        at: &Addresses,
    ) -> Result<Ticket, TicketError> {
        let caller = caller_in(id, claims)?;
        let part = self.change(|state, now| {
            let pulse = self.broker.pulse(id, claim.epoch);
            state.claim(id, caller, claim, pulse, now)
        })?;
        self.fresh_ticket(part, at)
    }

    /// Takes note of the host's sign of life.
    ///
    /// # Errors
    /// If the match is gone or `claims` are not its host's.
    pub fn heartbeat(
        &self,
        id: MatchId,
        claims: &Claims,
        heartbeat: &Heartbeat,
    ) -> Result<(), LobbyError> {
        let Caller { player, epoch, .. } = caller_in(id, claims)?;
        self.change(|state, now| state.heartbeat(id, player, epoch, heartbeat, now))
    }

    /// Ends the match.
    ///
    /// # Errors
    /// If the match is gone or `claims` are not its host's.
    pub fn end(&self, id: MatchId, claims: &Claims) -> Result<(), LobbyError> {
        let Caller { player, epoch, .. } = caller_in(id, claims)?;
        self.change(|state, _| state.end(id, player, epoch))
    }

    /// Ends the matches whose host has fallen silent.
    pub fn expire(&self) {
        self.change(State::expire);
    }

    /// Tells everybody something, until there is other news, or one player alone and once.
    pub fn announce(&self, player: Option<PlayerId>, announcement: &wire::Announcement) {
        let (topic, retain) = match player {
            Some(player) => (Topic::Notice(player), false),
            None => (Topic::News, true),
        };
        match wire::encode(announcement) {
            Ok(payload) => self.broker.publish(topic, payload, retain),
            Err(error) => tracing::error!("cannot publish {topic}: {error}"),
        }
    }

    /// Matches now and people in them.
    #[must_use]
    pub fn census(&self) -> (usize, usize) {
        self.change(|state, _| state.census())
    }

    /// Runs one change of the state and passes on what happened, in order.
    fn change<T>(&self, change: impl FnOnce(&mut State, core::time::Duration) -> T) -> T {
        // A panic between two of its changes leaves the state usable.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = change(&mut state, self.started.elapsed());
        for event in state.take_events() {
            match event {
                Event::Opened(id) => self.broker.open_match(id),
                Event::Reseated(id, roster) => {
                    self.publish(Topic::Roster(id), wire::encode(&roster));
                }
                Event::Moved(id, epoch) => {
                    self.broker.fence(id, epoch);
                    // The last keyframe of the epoch that ended stays until the next host is
                    // replaced in turn: a guest that is out of sync, the new host among them, may
                    // start from it. Older ones would only pile up.
                    if let Some(older) = epoch.0.checked_sub(2) {
                        self.clear(Topic::Keyframe(id, Epoch(older)));
                    }
                }
                Event::Closed(id, epoch) => {
                    self.broker.close_match(id);
                    self.clear(Topic::Roster(id));
                    for kept in epoch.0.saturating_sub(1)..=epoch.0 {
                        self.clear(Topic::Keyframe(id, Epoch(kept)));
                    }
                }
                Event::Relisted => self.publish_open(&state),
            }
        }
        outcome
    }

    fn publish_open(&self, state: &State) {
        let matches = state
            .open_matches()
            .into_iter()
            .take(wire::MAX_OPEN_MATCHES)
            .collect();
        self.publish(Topic::Lobby, wire::encode(&wire::Lobby { matches }));
    }

    fn publish(&self, topic: Topic, payload: Result<Vec<u8>, wire::TooLong>) {
        match payload {
            Ok(payload) => self.broker.publish(topic, payload, true),
            Err(error) => tracing::error!("cannot publish {topic}: {error}"),
        }
    }

    /// Forgets the retained message.
    fn clear(&self, topic: Topic) {
        self.broker.publish(topic, Vec::new(), true);
    }

    /// A ticket for somebody whose connections live on with it.
    fn fresh_ticket(&self, part: Part, at: &Addresses) -> Result<Ticket, TicketError> {
        let ticket = self.ticket(part, at)?;
        self.broker.extend(ticket.player, ticket.expires_at);
        Ok(ticket)
    }

    fn ticket(&self, part: Part, at: &Addresses) -> Result<Ticket, TicketError> {
        let seat = Seat {
            match_id: part.match_id,
            role: part.role,
            epoch: part.epoch,
        };
        let (mqtt, expires_at) = self.access(part.player, Some(seat), at)?;
        Ok(Ticket::new(part, mqtt, expires_at))
    }

    fn access(
        &self,
        player: PlayerId,
        seat: Option<Seat>,
        at: &Addresses,
    ) -> Result<(MqttAccess, u64), TicketError> {
        let claims = Claims::new(player, seat, unix_time() + token::LIFETIME.as_secs());
        let access = MqttAccess {
            tcp: Some(at.tcp.clone()),
            ws: at.ws.clone(),
            client_id: claims.client_id.clone(),
            username: player.to_string(),
            password: self.signer.sign(&claims)?,
        };
        Ok((access, claims.exp))
    }
}

fn entropy() -> Result<u64, getrandom::Error> {
    getrandom::u64()
}

fn caller_in(id: MatchId, claims: &Claims) -> Result<Caller, LobbyError> {
    let seat = claims
        .seat
        .filter(|seat| seat.match_id == id)
        .ok_or(LobbyError::AnotherMatch)?;
    Ok(Caller {
        player: claims.sub,
        role: seat.role,
        epoch: seat.epoch,
    })
}
