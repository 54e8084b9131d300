//! Downloads over HTTPS: without redirections, bounded in length and time.
//!
//! Trusts the system's root certificates; the variables `HTTPS_PROXY` and `SSL_CERT_FILE` apply as
//! for other programs.

use std::time::Duration;

use ureq::tls::{RootCerts, TlsConfig};

/// An HTTP client whose requests take no longer than `timeout`.
pub(crate) fn agent(timeout: Duration) -> ureq::Agent {
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier);
    ureq::Agent::new_with_config(
        ureq::Agent::config_builder()
            .max_redirects(0)
            .max_redirects_will_error(true)
            .timeout_global(Some(timeout))
            .tls_config(tls.build())
            .build(),
    )
}

/// Downloads `url`; more than `limit` bytes are an error. Blocks.
pub(crate) fn get(agent: &ureq::Agent, url: &str, limit: u64) -> Result<Vec<u8>, ureq::Error> {
    let mut answer = agent.get(url).call()?;
    answer.body_mut().with_config().limit(limit).read_to_vec()
}
