//! A store that ends with its process, for tests and for relays that need not remember.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use protocol::{Code, MatchId};

use super::{Record, Store, StoreError};

/// Keeps matches in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    /// A `std` mutex: it is never held across an await.
    records: Mutex<BTreeMap<MatchId, Record>>,
}

impl MemoryStore {
    fn records(&self) -> MutexGuard<'_, BTreeMap<MatchId, Record>> {
        // Every change is a single insert or remove, so a panic elsewhere leaves it whole.
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn all(&self) -> Result<Vec<Record>, StoreError> {
        Ok(self.records().values().cloned().collect())
    }

    async fn read(&self, id: MatchId) -> Result<Option<Record>, StoreError> {
        Ok(self.records().get(&id).cloned())
    }

    async fn find(&self, code: Code) -> Result<Option<MatchId>, StoreError> {
        let records = self.records();
        let found = records.values().find(|record| record.code == code);
        Ok(found.map(|record| record.id))
    }

    async fn write(&self, record: Record) -> Result<bool, StoreError> {
        let mut records = self.records();
        let fits = match records.get(&record.id) {
            Some(stored) => stored.version + 1 == record.version,
            None => record.version == 1 && records.values().all(|it| it.code != record.code),
        };
        if fits {
            records.insert(record.id, record);
        }
        Ok(fits)
    }

    async fn remove(&self, id: MatchId, version: u64) -> Result<bool, StoreError> {
        let mut records = self.records();
        let fits = records.get(&id).is_some_and(|it| it.version == version);
        if fits {
            records.remove(&id);
        }
        Ok(fits)
    }
}
