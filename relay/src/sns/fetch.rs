//! How certificates are fetched and subscriptions confirmed.

use std::time::Duration;

/// The longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 64 * 1024;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Gets what lies at an `https` address, without following redirections. May block.
pub type Fetch = Box<dyn Fn(&str) -> Result<Vec<u8>, FetchError> + Send + Sync>;

/// Nothing could be fetched; why, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct FetchError(pub String);

/// Over the network, by TLS alone.
#[must_use]
pub fn over_https() -> Fetch {
    let agent = ureq::Agent::new_with_config(
        ureq::Agent::config_builder()
            .https_only(true)
            .max_redirects(0)
            .max_redirects_will_error(true)
            .timeout_global(Some(TIMEOUT))
            .build(),
    );
    Box::new(move |url| {
        let failed = |error: ureq::Error| FetchError(error.to_string());
        let mut answer = agent.get(url).call().map_err(failed)?;
        answer
            .body_mut()
            .with_config()
            .limit(MAX_ANSWER)
            .read_to_vec()
            .map_err(failed)
    })
}
