//! The lobby: which matches are open, who sits in them, and what their tickets say.
//!
//! [`Lobby`] is the shared handle: it changes matches in the store by the rules of `state`, signs
//! tokens, asks the broker for credentials and tells it what changed. It deliberately takes no part
//! in play, and a match that has started needs it only to let people in.

mod record;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use netcode::Line;
use netcode::wire;
use protocol::{
    Claim, Code, CreateMatch, Epoch, Grants, Heartbeat, JoinMatch, JoinRole, LobbyTicket, MatchId,
    MqttAccess, OpenMatch, Part, PlayerId, Rules, Ticket, Topic, TopicNames,
};

use crate::broker::{AccessError, Addresses, Broker};
use crate::store::{Store, StoreError};
use crate::token::{self, Claims, Seat, Signer, unix_time};
use protocol::membership::{Caller, Effect, MatchState, Moment, effects, open_matches};

pub use protocol::membership::Refusal;

/// Why the lobby does not do what it is asked.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The rules say no.
    #[error(transparent)]
    Lobby(#[from] Refusal),
    /// Matches cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The token cannot be signed.
    #[error(transparent)]
    Token(#[from] token::TokenError),
    /// The broker has no credentials to give.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The system has no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Entropy(#[from] getrandom::Error),
    /// The relay ends.
    #[error("the change was cut off: {0}")]
    CutOff(#[from] tokio::task::JoinError),
}

/// More matches than this would exhaust the broker before they exhaust the lobby.
const MAX_MATCHES: usize = 1_000;

/// A handle of the lobby; clones are the same lobby.
#[derive(Clone)]
pub struct Lobby {
    store: Arc<dyn Store>,
    /// Held from a change's reading to its telling, so that others are told in the order of the
    /// changes.
    turn: Arc<tokio::sync::Mutex<()>>,
    broker: Arc<dyn Broker>,
    signer: Arc<Signer>,
    presence: Presence,
}

/// When the relay is there, and so what it knows of time.
#[derive(Clone, Copy)]
enum Presence {
    /// It runs until it ends. Its time goes on across restarts, and does not jump in between.
    Steady {
        /// Since 1970 (UTC).
        up: Duration,
        started: Instant,
    },
    /// It runs while it is asked something; another one like it answers meanwhile, and none has
    /// ever been away.
    OnDemand,
}

impl Presence {
    fn steady() -> Self {
        Self::Steady {
            up: since_1970(),
            started: Instant::now(),
        }
    }

    fn now(self) -> Moment {
        match self {
            Self::Steady { up, started } => Moment {
                now: up + started.elapsed(),
                up,
            },
            Self::OnDemand => Moment {
                now: since_1970(),
                up: Duration::ZERO,
            },
        }
    }
}

fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}

impl Lobby {
    /// The lobby of the matches in `store`, which go on at this broker in their present epochs.
    ///
    /// # Errors
    /// If the matches cannot be read.
    pub async fn open(
        store: Arc<dyn Store>,
        broker: Arc<dyn Broker>,
        signer: Arc<Signer>,
    ) -> Result<Self, StoreError> {
        let lobby = Self {
            store,
            turn: Arc::default(),
            broker,
            signer,
            presence: Presence::steady(),
        };
        let at = lobby.presence.now();
        for game in lobby.matches().await? {
            lobby.tell(None, Some(&game), at).await;
        }
        lobby.publish_open(at).await;
        Ok(lobby)
    }

    /// The same lobby for a relay that runs only while it is asked something, as others beside it
    /// do: what it changes has been told when it answers, and [`Lobby::tend`] must be called from
    /// time to time.
    #[must_use]
    pub fn on_demand(store: Arc<dyn Store>, broker: Arc<dyn Broker>, signer: Arc<Signer>) -> Self {
        Self {
            store,
            turn: Arc::default(),
            broker,
            signer,
            presence: Presence::OnDemand,
        }
    }

    /// A ticket that only reads the lobby.
    ///
    /// # Errors
    /// If the system fails; there is no rule against it.
    pub async fn visit(&self, at: &Addresses) -> Result<LobbyTicket, CallError> {
        let player = PlayerId::from_entropy(entropy()?);
        let (_, mqtt, expires_at) = self.access(player, None, at).await?;
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
    ///
    /// # Errors
    /// If the store fails.
    pub async fn open_matches(&self) -> Result<Vec<OpenMatch>, CallError> {
        let matches = self.matches().await?;
        Ok(open_matches(matches.iter(), self.presence.now()))
    }

    /// Opens a match; the ticket is its host's, who is `caller` unless that one sits elsewhere.
    ///
    /// # Errors
    /// If the request breaks a rule.
    pub async fn create(
        &self,
        request: &CreateMatch,
        caller: Option<PlayerId>,
        at: &Addresses,
    ) -> Result<Ticket, CallError> {
        let request = request.clone();
        let part = self
            .to_the_end(async move |lobby| lobby.open_match(&request, caller).await)
            .await?;
        self.ticket(part, at).await
    }

    /// Takes a part in the match with this code: a seat as `caller`, unless that one sits elsewhere.
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
        // Who only watches needs no name, and its connections would end each other under one.
        let caller = caller.filter(|_| request.role == JoinRole::Player);
        let player = match caller {
            Some(player) => free(player, &self.matches().await?)?,
            None => PlayerId::from_entropy(entropy()?),
        };
        let id = self.store.find(code).await?;
        let id = id.ok_or(Refusal::NoSuchMatch)?;
        let request = request.clone();
        let part = self
            .change(id, move |game, at| game.join(&request, player, at))
            .await?;
        self.ticket(part, at).await
    }

    /// A fresh ticket for the part that the holder of `claims` has now.
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
            .change(id, move |game, at| {
                game.check_rules(rules)?;
                game.renew(caller, at)
            })
            .await?;
        self.ticket(part, at).await
    }

    /// Replaces the host; the ticket is for the part that the holder of `claims` has then.
    ///
    /// # Errors
    /// If somebody else's claim came first, the host lives, or the holder may not claim.
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
            .change(id, move |game, at| {
                let liveness = broker.liveness(id, claim.epoch);
                game.claim(caller, &claim, liveness, at)
            })
            .await?;
        self.ticket(part, at).await
    }

    /// Takes note of the host's sign of life.
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
        self.change(id, move |game, at| {
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
        self.close(id, move |game, _| game.check_host(player, epoch))
            .await
    }

    /// Ends the match, whoever hosts it.
    ///
    /// # Errors
    /// If the match is gone.
    pub async fn end_any(&self, id: MatchId) -> Result<(), CallError> {
        self.close(id, |_, _| Ok(())).await
    }

    /// Ends the matches whose host has fallen silent.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn expire(&self) -> Result<(), CallError> {
        let at = self.presence.now();
        let matches = self.matches().await?;
        for silent in matches.iter().filter(|game| game.is_over(at)) {
            let closed = self.close(silent.host().match_id, |game, at| {
                game.is_over(at).then_some(()).ok_or(Refusal::HostAlive)
            });
            match closed.await {
                // Ended, or taken over, just now.
                Ok(()) | Err(CallError::Lobby(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Ends the matches whose host has fallen silent, and publishes the list of open ones anew: of
    /// relays that each published it at once, the last need not have known the newest.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn tend(&self) -> Result<(), CallError> {
        self.expire().await?;
        self.publish_open(self.presence.now()).await;
        self.broker.flush().await;
        Ok(())
    }

    /// Tells everybody something, until there is other news, or one player alone and once.
    pub fn announce(&self, player: Option<PlayerId>, announcement: &protocol::Announcement) {
        let (topic, retain) = match player {
            Some(player) => (Topic::Notice(player), false),
            None => (Topic::News, true),
        };
        self.publish(topic, wire::encode(announcement), retain);
    }

    /// Tells everybody who is here that the relay ends.
    pub fn say_farewell(&self) {
        let announcement = Line::of("The relay ends or restarts").zip(Line::of(
            "Stay: your match goes on when it is back, with your ship and your score.",
        ));
        let Some((headline, text)) = announcement else {
            return;
        };
        let payload = wire::encode(&protocol::Announcement {
            id: self.presence.now().now.as_millis() as u64,
            headline,
            text,
        });
        // It is no news for those who come later.
        self.publish(Topic::News, payload, false);
    }

    /// Matches now and people in them.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn census(&self) -> Result<(usize, usize), CallError> {
        let matches = self.matches().await?;
        let people = matches.iter().map(MatchState::people).sum();
        Ok((matches.len(), people))
    }

    async fn matches(&self) -> Result<Vec<MatchState>, StoreError> {
        let records = self.store.all().await?;
        records.iter().map(record::decode).collect()
    }

    async fn open_match(
        &self,
        request: &CreateMatch,
        caller: Option<PlayerId>,
    ) -> Result<Part, CallError> {
        let _turn = self.turn.lock().await;
        let matches = self.matches().await?;
        if matches.len() >= MAX_MATCHES {
            return Err(Refusal::RelayFull.into());
        }
        let id = MatchId::from_entropy(entropy()?);
        let host = match caller {
            Some(player) => free(player, &matches)?,
            None => PlayerId::from_entropy(entropy()?),
        };
        let at = self.presence.now();
        loop {
            let code = Code::from_entropy(entropy()?);
            let game = MatchState::create(request, id, code, host, at)?;
            // If not, another match has this code.
            if self.store.write(record::encode(&game, 1)?).await? {
                self.tell_all(None, Some(&game), at).await;
                return Ok(game.host());
            }
        }
    }

    /// Changes one match by a rule, and tells what came of it.
    async fn change<T: Send + 'static>(
        &self,
        id: MatchId,
        mut rule: impl FnMut(&mut MatchState, Moment) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, CallError> {
        self.to_the_end(async move |lobby| {
            let _turn = lobby.turn.lock().await;
            loop {
                let (before, version, at) = lobby.read(id).await?;
                if before.is_over(at) {
                    return Err(Refusal::NoSuchMatch.into());
                }
                let mut after = before.clone();
                let outcome = rule(&mut after, at)?;
                if after == before {
                    return Ok(outcome);
                }
                let record = record::encode(&after, version + 1)?;
                // If not, another relay of the same store was faster.
                if lobby.store.write(record).await? {
                    lobby.tell_all(Some(&before), Some(&after), at).await;
                    return Ok(outcome);
                }
            }
        })
        .await
    }

    /// Ends one match, if a rule allows it.
    async fn close(
        &self,
        id: MatchId,
        rule: impl Fn(&MatchState, Moment) -> Result<(), Refusal> + Send + 'static,
    ) -> Result<(), CallError> {
        self.to_the_end(async move |lobby| {
            let _turn = lobby.turn.lock().await;
            loop {
                let (game, version, at) = lobby.read(id).await?;
                rule(&game, at)?;
                if lobby.store.remove(id, version).await? {
                    lobby.tell_all(Some(&game), None, at).await;
                    return Ok(());
                }
            }
        })
        .await
    }

    /// A match, its version, and now.
    async fn read(&self, id: MatchId) -> Result<(MatchState, u64, Moment), CallError> {
        let stored = self.store.read(id).await?;
        let stored = stored.ok_or(Refusal::NoSuchMatch)?;
        let game = record::decode(&stored)?;
        Ok((game, stored.version, self.presence.now()))
    }

    /// Does `work` even if the caller, whose client may have hung up, no longer waits: nothing is
    /// to be stored and not told.
    async fn to_the_end<T: Send + 'static, F>(
        &self,
        work: impl FnOnce(Self) -> F,
    ) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, CallError>> + Send + 'static,
    {
        tokio::spawn(work(self.clone())).await?
    }

    /// Passes on what a change means to others. A relay that may be stopped once it has answered
    /// waits until they know; and because others like it tell of their own changes at the same
    /// time, it then looks whether it was the last one to change this match, and else tells what
    /// there is now. So whoever is the last to tell tells the newest.
    async fn tell_all(&self, before: Option<&MatchState>, after: Option<&MatchState>, at: Moment) {
        let told = self.tell(before, after, at).await;
        if !told || !matches!(self.presence, Presence::OnDemand) {
            return;
        }
        let Some(id) = after.or(before).map(|game| game.host().match_id) else {
            return;
        };
        let mut known = after.cloned();
        loop {
            self.broker.flush().await;
            if known.is_none() {
                return;
            }
            let newest = match self.read(id).await {
                Ok((newest, ..)) => Some(newest),
                Err(CallError::Lobby(_)) => None,
                Err(error) => return tracing::error!("cannot look again at match {id}: {error}"),
            };
            if !self.tell(known.as_ref(), newest.as_ref(), at).await {
                return;
            }
            known = newest;
        }
    }

    /// Passes on what a change means to others, if it means anything.
    async fn tell(
        &self,
        before: Option<&MatchState>,
        after: Option<&MatchState>,
        at: Moment,
    ) -> bool {
        let news = effects(before, after, at);
        let any = !news.is_empty();
        for event in news {
            match event {
                Effect::Open(id, epoch) => self.broker.open_match(id, epoch),
                Effect::PublishRoster(id, roster) => {
                    self.publish(Topic::Roster(id), wire::encode(&roster), true);
                }
                Effect::MoveEpoch(id, epoch, old_host) => {
                    self.broker.fence(id, epoch, old_host);
                    // The last keyframe of the epoch that ended stays until the next host is
                    // replaced in turn: a guest that is out of sync, the new host among them, may
                    // start from it. Older ones would only pile up.
                    if let Some(older) = epoch.0.checked_sub(2) {
                        self.clear(Topic::Keyframe(id, Epoch(older)));
                    }
                }
                Effect::Close(id, epoch, members) => {
                    self.broker.close_match(id, &members);
                    self.clear(Topic::Roster(id));
                    for kept in epoch.0.saturating_sub(1)..=epoch.0 {
                        self.clear(Topic::Keyframe(id, Epoch(kept)));
                    }
                }
                Effect::PublishOpenMatches => self.publish_open(at).await,
            }
        }
        any
    }

    async fn publish_open(&self, at: Moment) {
        let matches = match self.matches().await {
            Ok(matches) => matches,
            Err(error) => return tracing::error!("cannot list the open matches: {error}"),
        };
        let matches = open_matches(matches.iter(), at)
            .into_iter()
            .take(protocol::MAX_OPEN_MATCHES)
            .collect();
        self.publish(
            Topic::Lobby,
            wire::encode(&protocol::OpenMatches { matches }),
            true,
        );
    }

    fn publish(&self, topic: Topic, payload: Result<Vec<u8>, wire::TooLong>, retain: bool) {
        match payload {
            Ok(payload) => self.broker.publish(topic, payload, retain),
            Err(error) => tracing::error!("cannot publish {topic}: {error}"),
        }
    }

    /// Forgets the retained message.
    fn clear(&self, topic: Topic) {
        self.broker.publish(topic, Vec::new(), true);
    }

    async fn ticket(&self, part: Part, at: &Addresses) -> Result<Ticket, CallError> {
        let seat = Seat {
            match_id: part.match_id,
            role: part.role,
            epoch: part.epoch,
        };
        let (token, mqtt, expires_at) = self.access(part.player, Some(seat), at).await?;
        Ok(Ticket::new(part, token, mqtt, expires_at))
    }

    /// A token, the broker's credentials for the same rights, and when the token ends.
    async fn access(
        &self,
        player: PlayerId,
        seat: Option<Seat>,
        at: &Addresses,
    ) -> Result<(String, MqttAccess, u64), CallError> {
        let claims = Claims::new(player, seat, unix_time() + token::LIFETIME.as_secs());
        let token = self.signer.sign(&claims)?;
        let mqtt = self.broker.access(&claims, &token, at).await?;
        Ok((token, mqtt, claims.exp))
    }
}

/// The player's own id or, if it has a part in one of these matches, a new one: two windows of one
/// device are two pilots, and a client id has one connection.
fn free(player: PlayerId, matches: &[MatchState]) -> Result<PlayerId, getrandom::Error> {
    if matches.iter().any(|game| game.has(player)) {
        Ok(PlayerId::from_entropy(entropy()?))
    } else {
        Ok(player)
    }
}

fn entropy() -> Result<u64, getrandom::Error> {
    getrandom::u64()
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
