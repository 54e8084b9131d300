//! The store of a single relay: an embedded database in its data folder.
//!
//! Each change is one transaction that is on the disk before its call answers, so a process that
//! is killed at any moment leaves the changes up to some point and nothing half done.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use protocol::{Code, MatchId};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};

use super::{Record, Store, StoreError};

/// By id: version, code, body.
const MATCHES: TableDefinition<&str, (u64, &str, &[u8])> = TableDefinition::new("matches");

/// By code: id.
const CODES: TableDefinition<&str, &str> = TableDefinition::new("codes");

/// All matches that a relay can have fit in this many bytes of memory.
const CACHE: usize = 8 << 20;

/// Keeps matches in a file.
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
}

/// What stops a transaction: any of the database's many errors, as the store's one.
struct Trouble(StoreError);

impl<E: Into<redb::Error>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self(StoreError::Failed(error.into().into()))
    }
}

/// Both tables exist from then on.
fn create(data: &Path, path: &Path) -> Result<Database, redb::Error> {
    fs::create_dir_all(data)?;
    let database = Database::builder().set_cache_size(CACHE).create(path)?;
    let change = database.begin_write()?;
    change.open_table(MATCHES)?;
    change.open_table(CODES)?;
    change.commit()?;
    Ok(database)
}

/// What a row of [`MATCHES`] says; `None` if no relay wrote it.
fn record(id: &str, (version, code, body): (u64, &str, &[u8])) -> Option<Record> {
    Some(Record {
        id: id.parse().ok()?,
        code: code.parse().ok()?,
        version,
        body: body.to_vec(),
    })
}

fn malformed(row: &str) -> Trouble {
    Trouble(StoreError::Malformed(row.into()))
}

#[async_trait]
impl Store for FileStore {
    async fn all(&self) -> Result<Vec<Record>, StoreError> {
        self.with(|database| {
            let matches = database.begin_read()?.open_table(MATCHES)?;
            let mut records = Vec::new();
            for row in matches.iter()? {
                let (id, value) = row?;
                records
                    .push(record(id.value(), value.value()).ok_or_else(|| malformed(id.value()))?);
            }
            Ok(records)
        })
        .await
    }

    async fn read(&self, id: MatchId) -> Result<Option<Record>, StoreError> {
        self.with(move |database| {
            let matches = database.begin_read()?.open_table(MATCHES)?;
            let row = matches.get(id.as_str())?;
            row.map(|row| record(id.as_str(), row.value()).ok_or_else(|| malformed(id.as_str())))
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

    async fn write(&self, record: Record) -> Result<bool, StoreError> {
        self.with(move |database| {
            let change = database.begin_write()?;
            let (id, code) = (record.id.as_str(), record.code.as_str());
            let fits = {
                let mut matches = change.open_table(MATCHES)?;
                let mut codes = change.open_table(CODES)?;
                let stored = matches.get(id)?.map(|row| row.value().0);
                let fits = match stored {
                    Some(version) => version + 1 == record.version,
                    None => record.version == 1 && codes.get(code)?.is_none(),
                };
                if fits {
                    matches.insert(id, (record.version, code, record.body.as_slice()))?;
                    codes.insert(code, id)?;
                }
                fits
            };
            end(change, fits)
        })
        .await
    }

    async fn remove(&self, id: MatchId, version: u64) -> Result<bool, StoreError> {
        self.with(move |database| {
            let change = database.begin_write()?;
            let fits = {
                let mut matches = change.open_table(MATCHES)?;
                let mut codes = change.open_table(CODES)?;
                let stored = matches.get(id.as_str())?.map(|row| {
                    let (version, code, _) = row.value();
                    (version, code.to_owned())
                });
                match stored {
                    Some((stored, code)) if stored == version => {
                        matches.remove(id.as_str())?;
                        codes.remove(code.as_str())?;
                        true
                    }
                    _ => false,
                }
            };
            end(change, fits)
        })
        .await
    }
}

/// Ends a transaction: only one that changed something waits for the disk.
fn end(change: WriteTransaction, changed: bool) -> Result<bool, Trouble> {
    if changed {
        change.commit()?;
    } else {
        change.abort()?;
    }
    Ok(changed)
}
