//! How certificates are fetched and subscriptions confirmed.

use std::time::Duration;

use crate::https;

/// The longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 64 * 1024;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Gets what lies at one of SNS's own `https` addresses, without following redirections. May block.
pub type Fetch = Box<dyn Fn(&str) -> Result<Vec<u8>, FetchError> + Send + Sync>;

/// Nothing could be fetched; why, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct FetchError(pub String);

/// Over the network.
#[must_use]
pub fn over_https() -> Fetch {
    let agent = https::agent(TIMEOUT);
    Box::new(move |url| {
        https::get(&agent, url, MAX_ANSWER).map_err(|error| FetchError(error.to_string()))
    })
}
