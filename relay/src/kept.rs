//! What a relay keeps while it is away: its matches, and the key of its tokens.

use std::path::Path;
use std::sync::Arc;

use crate::store::{FileStore, MemoryStore, Store, StoreError};
#[cfg(feature = "aws")]
use crate::token;
use crate::token::{KeyError, Signer};

/// Why nothing can be kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// No signing key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// No matches.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a relay keeps.
#[derive(Clone)]
pub struct Kept {
    /// Its matches.
    pub store: Arc<dyn Store>,
    /// The key of its tokens.
    pub signer: Arc<Signer>,
}

impl Kept {
    /// Keeps all in the folder `data`.
    ///
    /// # Errors
    /// If the folder can be neither read nor written, or another relay uses it.
    pub fn in_folder(data: &Path) -> Result<Self, KeepError> {
        Ok(Self {
            store: Arc::new(FileStore::open(data)?),
            signer: Arc::new(Signer::open(data)?),
        })
    }

    /// Keeps the key in the folder `data`, and matches only as long as the process runs.
    ///
    /// # Errors
    /// If the folder can be neither read nor written.
    pub fn in_memory(data: &Path) -> Result<Self, KeepError> {
        Ok(Self {
            store: Arc::new(MemoryStore::default()),
            signer: Arc::new(Signer::open(data)?),
        })
    }

    /// Keeps all in a table of Amazon DynamoDB.
    ///
    /// # Errors
    /// If the table can be neither read nor written.
    #[cfg(feature = "aws")]
    pub async fn in_table(config: &aws_config::SdkConfig, table: &str) -> Result<Self, KeepError> {
        let store = crate::store::DynamoStore::new(config, table);
        let secret = store.secret(token::random_key()?).await?;
        Ok(Self {
            store: Arc::new(store),
            signer: Arc::new(Signer::new(&secret)),
        })
    }
}
