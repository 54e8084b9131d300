//! Why a call of the lobby fails.

use protocol::membership::Refusal;

use crate::broker::AccessError;
use crate::store::StoreError;
use crate::token::TokenError;

/// Why a call of the lobby fails.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The rules forbid it.
    #[error(transparent)]
    Lobby(#[from] Refusal),
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The token cannot be signed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The broker gives no credentials.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The system has no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Entropy(#[from] getrandom::Error),
    /// The runtime ended before the call was complete.
    #[error("the change was cut off: {0}")]
    CutOff(#[from] tokio::task::JoinError),
}
