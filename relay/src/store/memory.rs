//! A store that ends with its process, for tests and for relays whose matches need not survive.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use protocol::{Code, MatchId, PlayerId};

use super::{MatchRecord, Store, StoreError};

/// Stores matches in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    /// A `std` mutex: it is never held across an await.
    tables: Mutex<Tables>,
}

#[derive(Debug, Default)]
struct Tables {
    matches: BTreeMap<MatchId, MatchRecord>,
    codes: HashMap<Code, MatchId>,
    players: HashMap<PlayerId, MatchId>,
}

impl Tables {
    fn is_version(&self, record: &MatchRecord) -> bool {
        self.matches
            .get(&record.id)
            .is_some_and(|stored| stored.version == record.version)
    }

    fn is_free(&self, player: PlayerId) -> bool {
        !self.players.contains_key(&player)
    }

    fn insert(&mut self, record: MatchRecord) {
        self.codes.insert(record.code, record.id);
        for player in &record.players {
            self.players.insert(*player, record.id);
        }
        self.matches.insert(record.id, record);
    }
}

impl MemoryStore {
    fn tables(&self) -> MutexGuard<'_, Tables> {
        // Nothing that changes the tables can panic.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn all(&self) -> Result<Vec<MatchRecord>, StoreError> {
        Ok(self.tables().matches.values().cloned().collect())
    }

    async fn read(&self, id: MatchId) -> Result<Option<MatchRecord>, StoreError> {
        Ok(self.tables().matches.get(&id).cloned())
    }

    async fn find(&self, code: Code) -> Result<Option<MatchId>, StoreError> {
        Ok(self.tables().codes.get(&code).copied())
    }

    async fn match_of(&self, player: PlayerId) -> Result<Option<MatchId>, StoreError> {
        Ok(self.tables().players.get(&player).copied())
    }

    async fn create(&self, record: MatchRecord) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let fits = !tables.matches.contains_key(&record.id)
            && !tables.codes.contains_key(&record.code)
            && record.players.iter().all(|player| tables.is_free(*player));
        if fits {
            tables.insert(record);
        }
        Ok(fits)
    }

    async fn replace(&self, before: &MatchRecord, after: MatchRecord) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let fits = tables.is_version(before)
            && after
                .players_not_in(before)
                .all(|player| tables.is_free(player));
        if fits {
            for player in before.players_not_in(&after) {
                tables.players.remove(&player);
            }
            tables.insert(after);
        }
        Ok(fits)
    }

    async fn remove(&self, record: &MatchRecord) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let fits = tables.is_version(record);
        if fits {
            tables.matches.remove(&record.id);
            tables.codes.remove(&record.code);
            for player in &record.players {
                tables.players.remove(player);
            }
        }
        Ok(fits)
    }
}
