//! Measures the operations of a match store.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use protocol::{Code, MatchId, PlayerId};

use super::{Durations, Operation};
use crate::store::{MatchRecord, Store, StoreError};

pub(super) struct MeasuredStore {
    pub(super) store: Arc<dyn Store>,
    pub(super) durations: Durations<Operation>,
}

impl MeasuredStore {
    async fn measure<T>(&self, operation: &'static str, work: impl Future<Output = T>) -> T {
        let started = Instant::now();
        let outcome = work.await;
        self.durations
            .get_or_create(&Operation { operation })
            .observe(started.elapsed().as_secs_f64());
        outcome
    }
}

#[async_trait]
impl Store for MeasuredStore {
    async fn all(&self) -> Result<Vec<MatchRecord>, StoreError> {
        self.measure("all", self.store.all()).await
    }

    async fn read(&self, id: MatchId) -> Result<Option<MatchRecord>, StoreError> {
        self.measure("read", self.store.read(id)).await
    }

    async fn find(&self, code: Code) -> Result<Option<MatchId>, StoreError> {
        self.measure("find", self.store.find(code)).await
    }

    async fn match_of(&self, player: PlayerId) -> Result<Option<MatchId>, StoreError> {
        self.measure("match_of", self.store.match_of(player)).await
    }

    async fn create(&self, record: MatchRecord) -> Result<bool, StoreError> {
        self.measure("create", self.store.create(record)).await
    }

    async fn replace(&self, before: &MatchRecord, after: MatchRecord) -> Result<bool, StoreError> {
        self.measure("replace", self.store.replace(before, after))
            .await
    }

    async fn remove(&self, record: &MatchRecord) -> Result<bool, StoreError> {
        self.measure("remove", self.store.remove(record)).await
    }
}
