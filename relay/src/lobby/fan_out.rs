//! Publishes the effects of a change: to the broker, and by it to all clients.

use std::sync::Arc;

use netcode::wire;
use protocol::membership::{Effect, MatchState, Moment, effects, open_matches};
use protocol::{Epoch, MatchId, Topic};

use super::record;
use super::run_mode::RunMode;

use crate::broker::Broker;
use crate::store::{Store, StoreError};

/// Publishes the effects of changes.
#[derive(Clone)]
pub(super) struct FanOut {
    pub(super) store: Arc<dyn Store>,
    pub(super) broker: Arc<dyn Broker>,
    pub(super) mode: RunMode,
}

impl FanOut {
    /// Publishes the effects of the change of a match from `before` to `after`.
    ///
    /// A serverless instance, which may be stopped once it has answered, also waits until they are
    /// delivered. Other instances publish their own changes at the same time, so it republishes
    /// until no newer version of the match exists, so that the last publisher wins.
    pub(super) async fn publish_change(
        &self,
        before: Option<&MatchState>,
        after: Option<&MatchState>,
        at: Moment,
    ) {
        let published = self.publish_effects(before, after, at).await;
        if !published || !matches!(self.mode, RunMode::Serverless) {
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
                Ok(newest) => newest,
                Err(error) => return tracing::error!("cannot read match {id} again: {error}"),
            };
            if !self
                .publish_effects(known.as_ref(), newest.as_ref(), at)
                .await
            {
                return;
            }
            known = newest;
        }
    }

    /// Publishes the effects of a change once; returns whether there are any.
    pub(super) async fn publish_effects(
        &self,
        before: Option<&MatchState>,
        after: Option<&MatchState>,
        at: Moment,
    ) -> bool {
        let events = effects(before, after, at);
        let any = !events.is_empty();
        for event in events {
            match event {
                Effect::Open(id, epoch) => self.broker.open_match(id, epoch),
                Effect::PublishRoster(id, roster) => {
                    self.publish(Topic::Roster(id), wire::encode(&roster), true);
                }
                Effect::MoveEpoch(id, epoch, old_host) => {
                    self.broker.fence(id, epoch, old_host);
                    // The last keyframe of the previous epoch stays for guests that are out of
                    // sync, such as the new host; older ones are of no use.
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
                Effect::PublishOpenMatches => self.publish_open_matches(at).await,
            }
        }
        any
    }

    /// Publishes the list of open matches.
    pub(super) async fn publish_open_matches(&self, at: Moment) {
        let matches = match record::read_all(&*self.store).await {
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

    /// Publishes a payload; one that is too long is logged.
    pub(super) fn publish(
        &self,
        topic: Topic,
        payload: Result<Vec<u8>, wire::TooLong>,
        retain: bool,
    ) {
        match payload {
            Ok(payload) => self.broker.publish(topic, payload, retain),
            Err(error) => tracing::error!("cannot publish {topic}: {error}"),
        }
    }

    /// Clears the topic's retained message.
    fn clear(&self, topic: Topic) {
        self.broker.publish(topic, Vec::new(), true);
    }

    async fn read(&self, id: MatchId) -> Result<Option<MatchState>, StoreError> {
        let record = self.store.read(id).await?;
        record.as_ref().map(record::decode).transpose()
    }
}
