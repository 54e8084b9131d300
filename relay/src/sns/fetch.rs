//! How certificates are fetched and subscriptions confirmed.
//!
//! The variables `HTTPS_PROXY` and `SSL_CERT_FILE` hold as for other programs: a proxy on the way,
//! and the authorities to trust in place of the well-known ones.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// The longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 64 * 1024;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The variable that names a file of authorities.
const AUTHORITIES: &str = "SSL_CERT_FILE";

/// Gets what lies at an `https` address, without following redirections. May block.
pub type Fetch = Box<dyn Fn(&str) -> Result<Vec<u8>, FetchError> + Send + Sync>;

/// Nothing could be fetched; why, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct FetchError(pub String);

/// Over the network, by TLS alone.
///
/// # Errors
/// If there are no authorities to trust where `SSL_CERT_FILE` says.
pub fn over_https() -> Result<Fetch, FetchError> {
    let mut tls = TlsConfig::builder();
    if let Some(file) = env::var_os(AUTHORITIES) {
        tls = tls.root_certs(authorities(&file)?);
    }
    let agent = ureq::Agent::new_with_config(
        ureq::Agent::config_builder()
            .https_only(true)
            .max_redirects(0)
            .max_redirects_will_error(true)
            .timeout_global(Some(TIMEOUT))
            .tls_config(tls.build())
            .build(),
    );
    Ok(Box::new(move |url| {
        let failed = |error: ureq::Error| FetchError(error.to_string());
        let mut answer = agent.get(url).call().map_err(failed)?;
        answer
            .body_mut()
            .with_config()
            .limit(MAX_ANSWER)
            .read_to_vec()
            .map_err(failed)
    }))
}

/// The certificates in this file.
fn authorities(file: &OsStr) -> Result<RootCerts, FetchError> {
    let name = file.display();
    let pem =
        fs::read(file).map_err(|error| FetchError(format!("{AUTHORITIES} is {name}: {error}")))?;
    let certificates: Vec<Certificate<'static>> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err(FetchError(format!(
            "{AUTHORITIES} is {name}, which holds no certificates"
        )));
    }
    Ok(RootCerts::Specific(Arc::new(certificates)))
}
