//! Where the lobby's matches are kept, so that they outlive the relay's process.
//!
//! A [`Store`] keeps one [`Record`] for each match and changes it by compare-and-set on its
//! version: several relays may share a store, and none needs a lock for it. It deliberately knows
//! no rules and does not look into a record's body.

#[cfg(feature = "aws")]
mod dynamodb;
mod file;
mod memory;

use async_trait::async_trait;
use protocol::{Code, MatchId};

#[cfg(feature = "aws")]
pub use dynamodb::DynamoStore;
pub use file::FileStore;
pub use memory::MemoryStore;

/// A match as a store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The match.
    pub id: MatchId,
    /// Its code, which never changes.
    pub code: Code,
    /// 1 for a new match, and 1 more with each change.
    pub version: u64,
    /// The match itself, as the lobby writes it.
    pub body: Vec<u8>,
}

/// Why a store fails.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data folder cannot be used.
    #[error(
        "cannot keep matches in {path}: check that the folder may be written to, and that no other relay uses it"
    )]
    Open {
        /// The database's file.
        path: std::path::PathBuf,
        /// What the database says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There is no such table.
    #[error(
        "there is no DynamoDB table {0} in this account and region: create it with the string keys `kind` (partition) and `id` (sort), or name another one with --table"
    )]
    NoTable(String),
    /// It cannot be read or written.
    #[error("the match store failed: {0}")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What it holds is no match of this version of the relay.
    #[error(
        "the match store holds something else than matches of this version of the relay ({0}): remove it, or choose another data folder or table"
    )]
    Malformed(String),
}

/// Keeps matches. What a call has answered stays true if the process ends right after it.
#[async_trait]
pub trait Store: Send + Sync {
    /// All matches, ordered by id.
    async fn all(&self) -> Result<Vec<Record>, StoreError>;

    /// The match with this id.
    async fn read(&self, id: MatchId) -> Result<Option<Record>, StoreError>;

    /// The id of the match with this code.
    async fn find(&self, code: Code) -> Result<Option<MatchId>, StoreError>;

    /// Writes `record` if the stored version is the one before it, or, for version 1, if neither
    /// its id nor its code is in use; says whether it did.
    async fn write(&self, record: Record) -> Result<bool, StoreError>;

    /// Removes the match if it still has this version, and frees its code; says whether it did.
    async fn remove(&self, id: MatchId, version: u64) -> Result<bool, StoreError>;
}
