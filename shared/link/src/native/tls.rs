//! Whom TLS trusts: the authorities that Mozilla trusts and those that this system does.
//!
//! `SSL_CERT_FILE` and `SSL_CERT_DIR` say where the system's are, for authorities of one's own.

use std::sync::{Arc, OnceLock};

use rumqttc::TlsConfiguration;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use crate::TransportError;

/// What connections are made with.
pub(super) fn configuration() -> Result<TlsConfiguration, TransportError> {
    /// Reading the system's authorities takes a while.
    static CONFIG: OnceLock<Result<Arc<ClientConfig>, rustls::Error>> = OnceLock::new();
    match CONFIG.get_or_init(configure) {
        Ok(config) => Ok(TlsConfiguration::Rustls(Arc::clone(config))),
        Err(error) => Err(TransportError::System(error.to_string())),
    }
}

fn configure() -> Result<Arc<ClientConfig>, rustls::Error> {
    let mut roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    // A system without any, or with some that are damaged, still has the others.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
