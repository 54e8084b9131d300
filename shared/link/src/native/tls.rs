//! The TLS configuration: the root certificates of Mozilla and of the operating system.
//!
//! `SSL_CERT_FILE` and `SSL_CERT_DIR` override the location of the system's certificates.
//!
//! Non-goals: client certificates.

use std::sync::{Arc, OnceLock};

use rumqttc::TlsConfiguration;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use crate::TransportError;

/// The configuration of all connections.
pub(super) fn configuration() -> Result<TlsConfiguration, TransportError> {
    /// Computed once: reading the system's certificates is slow.
    static CONFIG: OnceLock<Result<Arc<ClientConfig>, rustls::Error>> = OnceLock::new();
    match CONFIG.get_or_init(configure) {
        Ok(config) => Ok(TlsConfiguration::Rustls(Arc::clone(config))),
        Err(error) => Err(TransportError::System(error.to_string())),
    }
}

fn configure() -> Result<Arc<ClientConfig>, rustls::Error> {
    let mut roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    // Missing or damaged system certificates are not an error: Mozilla's remain.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
