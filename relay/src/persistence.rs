//! The state of a relay that outlives its process: its matches, and the signing key of its tokens.

use core::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::store::{FileStore, MemoryStore, Store, StoreError};
use crate::token::{KeyError, Signer};

/// Why the state cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum PersistenceError {
    /// The signing key can be neither read nor created.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The match store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The state of a relay that outlives its process.
#[derive(Clone)]
pub struct Persistence {
    /// Stores its matches.
    pub store: Arc<dyn Store>,
    /// Holds the signing key of its tokens.
    pub signer: Arc<Signer>,
}

impl fmt::Debug for Persistence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Persistence").finish_non_exhaustive()
    }
}

impl Persistence {
    /// Stores matches and the signing key in files of the folder `data`.
    ///
    /// # Errors
    /// If the folder can be neither read nor written, or another relay uses it.
    pub fn in_folder(data: &Path) -> Result<Self, PersistenceError> {
        Ok(Self {
            store: Arc::new(FileStore::open(data)?),
            signer: Arc::new(Signer::open(data)?),
        })
    }

    /// Stores the signing key in the folder `data`, and matches in memory.
    ///
    /// # Errors
    /// If the folder can be neither read nor written.
    pub fn in_memory(data: &Path) -> Result<Self, PersistenceError> {
        Ok(Self {
            store: Arc::new(MemoryStore::default()),
            signer: Arc::new(Signer::open(data)?),
        })
    }
}
