//! The lobby: which matches are open, who sits in them, and what their tickets say.
//!
//! [`Lobby`] is the shared handle. It changes matches in the store by the rules of
//! [`protocol::membership`] (`matches`), publishes the effects (`fan_out`) and issues tickets (`tickets`).
//!
//! Non-goals: play. A running match needs the lobby only when a player joins, leaves or takes over.

mod error;
mod fan_out;
mod matches;
mod record;
mod run_mode;
mod tickets;

use std::sync::Arc;

use netcode::{Line, wire};
use protocol::membership::{Caller, MatchState, open_matches};
use protocol::{
    Claim, Code, CreateMatch, Heartbeat, JoinMatch, JoinRole, LobbyTicket, MatchId, OpenMatch,
    PlayerId, Rules, Ticket, Topic,
};

use crate::broker::{Addresses, Broker};
use crate::store::{Store, StoreError};
use crate::token::{Claims, Signer};
use fan_out::FanOut;
use matches::Matches;
use run_mode::RunMode;
use tickets::Tickets;

pub use error::CallError;
pub use protocol::membership::Refusal;

/// A handle of the lobby; clones are the same lobby.
#[derive(Clone)]
pub struct Lobby {
    store: Arc<dyn Store>,
    broker: Arc<dyn Broker>,
    mode: RunMode,
    matches: Matches,
    fan_out: FanOut,
    tickets: Tickets,
}

impl Lobby {
    /// The lobby of the matches in `store`, which resume at this broker in their present epochs.
    ///
    /// # Errors
    /// If the matches cannot be read.
    pub async fn open(
        store: Arc<dyn Store>,
        broker: Arc<dyn Broker>,
        signer: Arc<Signer>,
    ) -> Result<Self, StoreError> {
        let lobby = Self::new(store, broker, signer, RunMode::continuous());
        let at = lobby.mode.now();
        for game in lobby.all().await? {
            lobby.fan_out.publish_effects(None, Some(&game), at).await;
        }
        lobby.fan_out.publish_open_matches(at).await;
        Ok(lobby)
    }

    /// The lobby of a serverless instance, which runs only while it answers a request, beside others
    /// like it. The effects of a change are published before its call returns, and
    /// [`Lobby::maintain`] must be called periodically.
    #[must_use]
    pub fn serverless(store: Arc<dyn Store>, broker: Arc<dyn Broker>, signer: Arc<Signer>) -> Self {
        Self::new(store, broker, signer, RunMode::Serverless)
    }

    fn new(
        store: Arc<dyn Store>,
        broker: Arc<dyn Broker>,
        signer: Arc<Signer>,
        mode: RunMode,
    ) -> Self {
        let fan_out = FanOut {
            store: Arc::clone(&store),
            broker: Arc::clone(&broker),
            mode,
        };
        Self {
            store,
            mode,
            matches: Matches::new(fan_out.clone()),
            fan_out,
            tickets: Tickets {
                broker: Arc::clone(&broker),
                signer,
            },
            broker,
        }
    }

    /// A ticket that only reads the lobby.
    ///
    /// # Errors
    /// If the system or the broker fails.
    pub async fn visit(&self, at: &Addresses) -> Result<LobbyTicket, CallError> {
        let player = PlayerId::from_entropy(getrandom::u64()?);
        self.tickets.visitor(player, at).await
    }

    /// The public matches that have a seat left or can be watched.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn open_matches(&self) -> Result<Vec<OpenMatch>, CallError> {
        let matches = self.all().await?;
        Ok(open_matches(matches.iter(), self.mode.now()))
    }

    /// Opens a match; the ticket is its host's. The host is `caller` unless that player is in
    /// another match.
    ///
    /// # Errors
    /// If the request breaks a rule.
    pub async fn create(
        &self,
        request: &CreateMatch,
        caller: Option<PlayerId>,
        at: &Addresses,
    ) -> Result<Ticket, CallError> {
        let part = self.matches.create(request.clone(), caller).await?;
        self.tickets.participant(part, at).await
    }

    /// Joins the match with this code; a player joins as `caller` unless that one is in another match.
    ///
    /// # Errors
    /// If there is no such match or no seat.
    pub async fn join(
        &self,
        code: Code,
        request: &JoinMatch,
        caller: Option<PlayerId>,
        at: &Addresses,
    ) -> Result<Ticket, CallError> {
        // Spectators are not in the store, and one id has one connection: each gets its own id.
        let caller = caller.filter(|_| request.role == JoinRole::Player);
        let part = self.matches.join(code, request.clone(), caller).await?;
        self.tickets.participant(part, at).await
    }

    /// A new ticket for the present role of the holder of `claims`.
    ///
    /// # Errors
    /// If the match or the holder's seat is gone.
    pub async fn renew(
        &self,
        id: MatchId,
        claims: &Claims,
        rules: Rules,
        at: &Addresses,
    ) -> Result<Ticket, CallError> {
        let caller = caller_in(id, claims)?;
        let part = self
            .matches
            .change(id, move |game, at| {
                game.check_rules(rules)?;
                game.renew(caller, at)
            })
            .await?;
        self.tickets.participant(part, at).await
    }

    /// Replaces the host; the ticket is for the claimant's role afterwards.
    ///
    /// # Errors
    /// If another claim came first, the host is alive, or the holder may not claim.
    pub async fn claim(
        &self,
        id: MatchId,
        claims: &Claims,
        claim: &Claim,
        at: &Addresses,
    ) -> Result<Ticket, CallError> {
        let caller = caller_in(id, claims)?;
        let (broker, claim) = (Arc::clone(&self.broker), *claim);
        let part = self
            .matches
            .change(id, move |game, at| {
                let liveness = broker.liveness(id, claim.epoch);
                game.claim(caller, &claim, liveness, at)
            })
            .await?;
        self.tickets.participant(part, at).await
    }

    /// Records the host's heartbeat.
    ///
    /// # Errors
    /// If the match is gone or `claims` are not its host's.
    pub async fn heartbeat(
        &self,
        id: MatchId,
        claims: &Claims,
        heartbeat: &Heartbeat,
    ) -> Result<(), CallError> {
        let Caller { player, epoch, .. } = caller_in(id, claims)?;
        let (broker, heartbeat) = (Arc::clone(&self.broker), heartbeat.clone());
        self.matches
            .change(id, move |game, at| {
                let liveness = broker.liveness(id, epoch);
                game.heartbeat(player, epoch, &heartbeat, liveness, at)
            })
            .await
    }

    /// Ends the match.
    ///
    /// # Errors
    /// If the match is gone or `claims` are not its host's.
    pub async fn end(&self, id: MatchId, claims: &Claims) -> Result<(), CallError> {
        let Caller { player, epoch, .. } = caller_in(id, claims)?;
        self.matches
            .close(id, move |game, _| game.check_host(player, epoch))
            .await
    }

    /// Ends the match without checking for its host.
    ///
    /// # Errors
    /// If the match is gone.
    pub async fn end_any(&self, id: MatchId) -> Result<(), CallError> {
        self.matches.close(id, |_, _| Ok(())).await
    }

    /// Ends the matches whose hosts are silent.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn expire(&self) -> Result<(), CallError> {
        let at = self.mode.now();
        let matches = self.all().await?;
        for silent in matches.iter().filter(|game| game.is_over(at)) {
            let closed = self.matches.close(silent.host().match_id, |game, at| {
                game.is_over(at).then_some(()).ok_or(Refusal::HostAlive)
            });
            match closed.await {
                // It has ended, or has a new host, since.
                Ok(()) | Err(CallError::Lobby(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Ends the matches whose hosts are silent, and publishes the list of open matches again:
    /// instances that published it at the same time may have left an outdated one.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn maintain(&self) -> Result<(), CallError> {
        self.expire().await?;
        self.fan_out.publish_open_matches(self.mode.now()).await;
        self.broker.flush().await;
        Ok(())
    }

    /// Publishes an announcement: to all clients, retained until the next one, or to one player,
    /// without retaining it.
    pub fn announce(&self, player: Option<PlayerId>, announcement: &protocol::Announcement) {
        let (topic, retain) = match player {
            Some(player) => (Topic::Notice(player), false),
            None => (Topic::News, true),
        };
        self.fan_out
            .publish(topic, wire::encode(announcement), retain);
    }

    /// Announces to all connected clients that the relay shuts down.
    pub fn announce_shutdown(&self) {
        let announcement = Line::of("The relay ends or restarts").zip(Line::of(
            "Stay: your match goes on when it is back, with your ship and your score.",
        ));
        let Some((headline, text)) = announcement else {
            return;
        };
        let payload = wire::encode(&protocol::Announcement {
            id: self.mode.now().now.as_millis() as u64,
            headline,
            text,
        });
        // Not retained: later clients meet a running relay.
        self.fan_out.publish(Topic::News, payload, false);
    }

    /// The numbers of matches and of players in them.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn census(&self) -> Result<(usize, usize), CallError> {
        let matches = self.all().await?;
        let people = matches.iter().map(MatchState::people).sum();
        Ok((matches.len(), people))
    }

    async fn all(&self) -> Result<Vec<MatchState>, StoreError> {
        record::read_all(&*self.store).await
    }
}

fn caller_in(id: MatchId, claims: &Claims) -> Result<Caller, Refusal> {
    let seat = claims
        .seat
        .filter(|seat| seat.match_id == id)
        .ok_or(Refusal::AnotherMatch)?;
    Ok(Caller {
        player: claims.sub,
        role: seat.role,
        epoch: seat.epoch,
    })
}
