//! The store of a single relay: an embedded database in its data folder.
//!
//! Each change is one transaction that is on the disk before its call returns, so that a process
//! that is killed at any moment leaves only whole changes.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use protocol::{Code, MatchId, PlayerId};
use redb::{Database, ReadableDatabase, ReadableTable, Table, TableDefinition, WriteTransaction};

use super::{MatchRecord, Store, StoreError};

/// By id: version, code, body.
const MATCHES: TableDefinition<&str, (u64, &str, &[u8])> = TableDefinition::new("matches");

/// By id: players, separated by commas. Older relays did not write it.
const MEMBERS: TableDefinition<&str, &str> = TableDefinition::new("members");

/// By player: id.
const PLAYERS: TableDefinition<&str, &str> = TableDefinition::new("players");

/// By code: id.
const CODES: TableDefinition<&str, &str> = TableDefinition::new("codes");

/// The size of the database's cache, in bytes: enough for all matches of a relay.
const CACHE: usize = 8 << 20;

/// Stores matches in a file.
#[derive(Clone)]
pub struct FileStore {
    database: Arc<Database>,
}

impl FileStore {
    /// The store in the folder `data`; an empty one if there is none.
    ///
    /// # Errors
    /// If the file cannot be written, is no store, or another process uses it.
    pub fn open(data: &Path) -> Result<Self, StoreError> {
        let path = data.join("matches.redb");
        match create(data, &path) {
            Ok(database) => Ok(Self {
                database: Arc::new(database),
            }),
            Err(source) => Err(StoreError::Open {
                path,
                source: source.into(),
            }),
        }
    }

    /// Runs `work`, which may wait for the disk, off the async threads.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = Arc::clone(&self.database);
        match tokio::task::spawn_blocking(move || work(&database)).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(Trouble(error))) => Err(error),
            Err(panicked) => Err(StoreError::Failed(panicked.into())),
        }
    }

    /// Runs `work` in a transaction, which is committed if `work` returns `true`.
    async fn change(
        &self,
        work: impl FnOnce(&mut Tables<'_>) -> Result<bool, Trouble> + Send + 'static,
    ) -> Result<bool, StoreError> {
        self.with(move |database| {
            let change = database.begin_write()?;
            let changed = work(&mut Tables::open(&change)?)?;
            if changed {
                change.commit()?;
            } else {
                // Without waiting for the disk.
                change.abort()?;
            }
            Ok(changed)
        })
        .await
    }
}

/// Any of the database's errors, as the store's one.
struct Trouble(StoreError);

impl<E: Into<redb::Error>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self(StoreError::Failed(error.into().into()))
    }
}

/// Opens the file, and creates the tables that it lacks.
fn create(data: &Path, path: &Path) -> Result<Database, redb::Error> {
    fs::create_dir_all(data)?;
    let database = Database::builder().set_cache_size(CACHE).create(path)?;
    let change = database.begin_write()?;
    Tables::open(&change)
        .map_err(|Trouble(error)| redb::Error::Io(std::io::Error::other(error)))?;
    change.commit()?;
    Ok(database)
}

/// The record of a row of [`MATCHES`] and its row of [`MEMBERS`]; an error if no relay wrote them.
fn record(
    id: &str,
    (version, code, body): (u64, &str, &[u8]),
    members: &impl ReadableTable<&'static str, &'static str>,
) -> Result<MatchRecord, Trouble> {
    let members = members.get(id)?;
    let names = members.as_ref().map_or("", |row| row.value());
    let players = names.split(',').filter(|name| !name.is_empty());
    let parsed = (|| {
        Some(MatchRecord {
            id: id.parse().ok()?,
            code: code.parse().ok()?,
            version,
            players: players
                .map(|name| name.parse().ok())
                .collect::<Option<_>>()?,
            body: body.to_vec(),
        })
    })();
    parsed.ok_or_else(|| malformed(id))
}

fn malformed(row: &str) -> Trouble {
    Trouble(StoreError::Malformed(row.into()))
}

#[async_trait]
impl Store for FileStore {
    async fn all(&self) -> Result<Vec<MatchRecord>, StoreError> {
        self.with(|database| {
            let snapshot = database.begin_read()?;
            let members = snapshot.open_table(MEMBERS)?;
            let mut records = Vec::new();
            for row in snapshot.open_table(MATCHES)?.iter()? {
                let (id, value) = row?;
                records.push(record(id.value(), value.value(), &members)?);
            }
            Ok(records)
        })
        .await
    }

    async fn read(&self, id: MatchId) -> Result<Option<MatchRecord>, StoreError> {
        self.with(move |database| {
            let snapshot = database.begin_read()?;
            let members = snapshot.open_table(MEMBERS)?;
            let row = snapshot.open_table(MATCHES)?.get(id.as_str())?;
            row.map(|row| record(id.as_str(), row.value(), &members))
                .transpose()
        })
        .await
    }

    async fn find(&self, code: Code) -> Result<Option<MatchId>, StoreError> {
        self.with(move |database| {
            let codes = database.begin_read()?.open_table(CODES)?;
            let row = codes.get(code.as_str())?;
            row.map(|row| row.value().parse().map_err(|_| malformed(row.value())))
                .transpose()
        })
        .await
    }

    async fn match_of(&self, player: PlayerId) -> Result<Option<MatchId>, StoreError> {
        self.with(move |database| {
            let players = database.begin_read()?.open_table(PLAYERS)?;
            let row = players.get(player.as_str())?;
            row.map(|row| row.value().parse().map_err(|_| malformed(row.value())))
                .transpose()
        })
        .await
    }

    async fn create(&self, record: MatchRecord) -> Result<bool, StoreError> {
        self.change(move |tables| {
            let fits = tables.matches.get(record.id.as_str())?.is_none()
                && tables.codes.get(record.code.as_str())?.is_none()
                && tables.are_free(record.players.iter().copied(), record.id)?;
            if fits {
                tables.insert(&record)?;
            }
            Ok(fits)
        })
        .await
    }

    async fn replace(&self, before: &MatchRecord, after: MatchRecord) -> Result<bool, StoreError> {
        let before = before.clone();
        self.change(move |tables| {
            let fits = tables.is_version(&before)?
                && tables.are_free(after.players_not_in(&before), after.id)?;
            if fits {
                for player in before.players_not_in(&after) {
                    tables.players.remove(player.as_str())?;
                }
                tables.insert(&after)?;
            }
            Ok(fits)
        })
        .await
    }

    async fn remove(&self, record: &MatchRecord) -> Result<bool, StoreError> {
        let record = record.clone();
        self.change(move |tables| {
            let fits = tables.is_version(&record)?;
            if fits {
                tables.matches.remove(record.id.as_str())?;
                tables.members.remove(record.id.as_str())?;
                tables.codes.remove(record.code.as_str())?;
                for player in &record.players {
                    tables.players.remove(player.as_str())?;
                }
            }
            Ok(fits)
        })
        .await
    }
}

/// The tables of one write transaction.
struct Tables<'a> {
    matches: Table<'a, &'static str, (u64, &'static str, &'static [u8])>,
    members: Table<'a, &'static str, &'static str>,
    codes: Table<'a, &'static str, &'static str>,
    players: Table<'a, &'static str, &'static str>,
}

impl<'a> Tables<'a> {
    fn open(change: &'a WriteTransaction) -> Result<Self, Trouble> {
        Ok(Self {
            matches: change.open_table(MATCHES)?,
            members: change.open_table(MEMBERS)?,
            codes: change.open_table(CODES)?,
            players: change.open_table(PLAYERS)?,
        })
    }

    fn is_version(&self, record: &MatchRecord) -> Result<bool, Trouble> {
        let row = self.matches.get(record.id.as_str())?;
        Ok(row.is_some_and(|row| row.value().0 == record.version))
    }

    /// Whether none of the players is in another match than this one.
    fn are_free(
        &self,
        players: impl IntoIterator<Item = PlayerId>,
        id: MatchId,
    ) -> Result<bool, Trouble> {
        for player in players {
            let row = self.players.get(player.as_str())?;
            if row.is_some_and(|row| row.value() != id.as_str()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn insert(&mut self, record: &MatchRecord) -> Result<(), Trouble> {
        let (id, code) = (record.id.as_str(), record.code.as_str());
        let names: Vec<&str> = record.players.iter().map(PlayerId::as_str).collect();
        self.matches
            .insert(id, (record.version, code, record.body.as_slice()))?;
        self.members.insert(id, names.join(",").as_str())?;
        self.codes.insert(code, id)?;
        for name in names {
            self.players.insert(name, id)?;
        }
        Ok(())
    }
}
