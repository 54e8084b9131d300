//! Changes of matches: the store's compare-and-set loop around the rules.

use std::sync::Arc;

use protocol::membership::{MatchState, Moment, Refusal};
use protocol::{Code, CreateMatch, JoinMatch, MatchId, Part, PlayerId};
use tokio::sync::Mutex;

use super::error::CallError;
use super::fan_out::FanOut;
use super::record;
use super::run_mode::RunMode;

use crate::store::{MatchRecord, Store, StoreError};

/// The most matches of a relay; more would exhaust the broker.
const MAX_MATCHES: usize = 1_000;

/// How often a change is tried while other relays of the same store change the match first.
const MAX_ATTEMPTS: usize = 1_000;

/// The matches in the store.
#[derive(Clone)]
pub(super) struct Matches {
    store: Arc<dyn Store>,
    fan_out: FanOut,
    mode: RunMode,
    /// Held from the read to the publishing of a change, so that changes are published in order.
    turn: Arc<Mutex<()>>,
}

impl Matches {
    pub(super) fn new(fan_out: FanOut) -> Self {
        Self {
            store: Arc::clone(&fan_out.store),
            mode: fan_out.mode,
            fan_out,
            turn: Arc::default(),
        }
    }

    /// Opens a match, whose host is `caller` if that player is in no other match.
    pub(super) async fn create(
        &self,
        request: CreateMatch,
        caller: Option<PlayerId>,
    ) -> Result<Part, CallError> {
        self.complete(async move |matches| {
            let _turn = matches.turn.lock().await;
            if matches.store.all().await?.len() >= MAX_MATCHES {
                return Err(Refusal::RelayFull.into());
            }
            let id = MatchId::from_entropy(getrandom::u64()?);
            // A code that is in use is not written, nor a host that has joined a match meanwhile.
            for _ in 0..MAX_ATTEMPTS {
                let host = matches.unseated(caller).await?;
                let code = Code::from_entropy(getrandom::u64()?);
                let at = matches.mode.now();
                let game = MatchState::create(&request, id, code, host, at)?;
                if matches.store.create(record::encode(&game, 1)?).await? {
                    matches.fan_out.publish_change(None, Some(&game), at).await;
                    return Ok(game.host());
                }
            }
            Err(contention(id))
        })
        .await
    }

    /// Joins the match with this code, as `caller` if that player is in no other match.
    pub(super) async fn join(
        &self,
        code: Code,
        request: JoinMatch,
        caller: Option<PlayerId>,
    ) -> Result<Part, CallError> {
        self.complete(async move |matches| {
            let id = matches.store.find(code).await?;
            let id = id.ok_or(Refusal::NoSuchMatch)?;
            let _turn = matches.turn.lock().await;
            for _ in 0..MAX_ATTEMPTS {
                let player = matches.unseated(caller).await?;
                let mut rule = |game: &mut MatchState, at| game.join(&request, player, at);
                if let Some(part) = matches.attempt(id, &mut rule).await? {
                    return Ok(part);
                }
            }
            Err(contention(id))
        })
        .await
    }

    /// Changes a match by `rule`, which may run several times, and publishes the effects.
    pub(super) async fn change<T: Send + 'static>(
        &self,
        id: MatchId,
        mut rule: impl FnMut(&mut MatchState, Moment) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, CallError> {
        self.complete(async move |matches| {
            let _turn = matches.turn.lock().await;
            for _ in 0..MAX_ATTEMPTS {
                if let Some(outcome) = matches.attempt(id, &mut rule).await? {
                    return Ok(outcome);
                }
            }
            Err(contention(id))
        })
        .await
    }

    /// Ends a match, if `rule` allows it, and publishes the effects.
    pub(super) async fn close(
        &self,
        id: MatchId,
        rule: impl Fn(&MatchState, Moment) -> Result<(), Refusal> + Send + 'static,
    ) -> Result<(), CallError> {
        self.complete(async move |matches| {
            let _turn = matches.turn.lock().await;
            for _ in 0..MAX_ATTEMPTS {
                let (game, record, at) = matches.read(id).await?;
                rule(&game, at)?;
                if matches.store.remove(&record).await? {
                    matches.fan_out.publish_change(Some(&game), None, at).await;
                    return Ok(());
                }
            }
            Err(contention(id))
        })
        .await
    }

    /// One round of compare-and-set; `None` if the write was refused, so that the round must be
    /// repeated.
    async fn attempt<T>(
        &self,
        id: MatchId,
        rule: &mut (impl FnMut(&mut MatchState, Moment) -> Result<T, Refusal> + Send),
    ) -> Result<Option<T>, CallError> {
        let (before, record, at) = self.read(id).await?;
        if before.is_over(at) {
            return Err(Refusal::NoSuchMatch.into());
        }
        let mut after = before.clone();
        let outcome = rule(&mut after, at)?;
        if after == before {
            return Ok(Some(outcome));
        }
        let next = record::encode(&after, record.version + 1)?;
        if !self.store.replace(&record, next).await? {
            return Ok(None);
        }
        self.fan_out
            .publish_change(Some(&before), Some(&after), at)
            .await;
        Ok(Some(outcome))
    }

    /// A match, its record, and now.
    async fn read(&self, id: MatchId) -> Result<(MatchState, MatchRecord, Moment), CallError> {
        let record = self.store.read(id).await?;
        let record = record.ok_or(Refusal::NoSuchMatch)?;
        let game = record::decode(&record)?;
        Ok((game, record, self.mode.now()))
    }

    /// The player's own id or, without one or if it is in a match, a new one: two windows of one
    /// device are two players, and a client id has one connection.
    async fn unseated(&self, player: Option<PlayerId>) -> Result<PlayerId, CallError> {
        if let Some(player) = player
            && self.store.match_of(player).await?.is_none()
        {
            return Ok(player);
        }
        Ok(PlayerId::from_entropy(getrandom::u64()?))
    }

    /// Runs `work` to its end even if the caller is dropped, as when its client hangs up: no change
    /// may be stored and not published.
    async fn complete<T: Send + 'static, F>(
        &self,
        work: impl FnOnce(Self) -> F,
    ) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, CallError>> + Send + 'static,
    {
        tokio::spawn(work(self.clone())).await?
    }
}

fn contention(id: MatchId) -> CallError {
    StoreError::Failed(format!("match {id} is changed too often").into()).into()
}
