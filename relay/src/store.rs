//! Storage of the lobby's matches, so that they outlive the relay's process.
//!
//! A [`Store`] holds one [`MatchRecord`] per match and changes it by compare-and-set on its version:
//! several relays may share a store, and none needs a lock for it. It also answers which match has
//! a code or a player, without reading all matches.
//!
//! Non-goals: the rules of a match; a store does not look into a record's body.

mod file;
mod memory;

use async_trait::async_trait;
use protocol::{Code, MatchId, PlayerId};

pub use file::FileStore;
pub use memory::MemoryStore;

/// A match as a store holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchRecord {
    /// The match.
    pub id: MatchId,
    /// Its code, which never changes.
    pub code: Code,
    /// 1 for a new match, and 1 more with each change.
    pub version: u64,
    /// Its host and its players, each once. No player is in two matches.
    pub players: Vec<PlayerId>,
    /// The match itself, as the lobby encodes it.
    pub body: Vec<u8>,
}

impl MatchRecord {
    /// The players that are in `self` and not in `other`.
    pub(crate) fn players_not_in<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = PlayerId> + 'a {
        let is_new = |player: &PlayerId| !other.players.contains(player);
        self.players.iter().copied().filter(is_new)
    }
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
        /// The database's error.
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
    /// It holds something that this version of the relay did not write.
    #[error(
        "the match store holds something else than matches of this version of the relay ({0}): remove it, or choose another data folder or table"
    )]
    Malformed(String),
}

/// A store of matches. A change is durable once its call has returned.
#[async_trait]
pub trait Store: Send + Sync {
    /// All matches, ordered by id.
    async fn all(&self) -> Result<Vec<MatchRecord>, StoreError>;

    /// The match with this id.
    async fn read(&self, id: MatchId) -> Result<Option<MatchRecord>, StoreError>;

    /// The id of the match with this code.
    async fn find(&self, code: Code) -> Result<Option<MatchId>, StoreError>;

    /// The id of the match that this player hosts or plays in.
    async fn match_of(&self, player: PlayerId) -> Result<Option<MatchId>, StoreError>;

    /// Adds a match; returns `false`, and changes nothing, if its id or code is in use, or one of
    /// its players is in another match.
    async fn create(&self, record: MatchRecord) -> Result<bool, StoreError>;

    /// Replaces `before`, as it was read, by `after`, whose version is the next one. Returns
    /// `false`, and changes nothing, if the stored version is not `before`'s any more, or a player
    /// whom `after` adds is in another match.
    async fn replace(&self, before: &MatchRecord, after: MatchRecord) -> Result<bool, StoreError>;

    /// Removes the match, as it was read, with its code and its players; returns `false`, and
    /// changes nothing, if the stored version is not the record's any more.
    async fn remove(&self, record: &MatchRecord) -> Result<bool, StoreError>;
}
