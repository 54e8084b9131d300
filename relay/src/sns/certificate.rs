//! SNS's signing certificates: fetched once each, from Amazon's addresses only.
//!
//! A certificate is trusted because of its address, over TLS; so the address is checked strictly,
//! and redirections are not followed.
//!
//! Non-goals: the certificate's chain, which Amazon's own libraries do not check either.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::Uri;
use axum::http::uri::Authority;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use webpki::EndEntityCert;
use webpki::ring::RSA_PKCS1_2048_8192_SHA256;

use super::SnsError;
use super::fetch::{Fetch, FetchError};

/// The most cached certificates; SNS uses one per region for years.
const CAPACITY: usize = 16;

/// Why the certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// It cannot be fetched.
    #[error("cannot fetch the certificate that SNS signs with: {0}")]
    Fetch(#[from] FetchError),
    /// It is malformed.
    #[error("what lies at the certificate's address is no certificate")]
    Unreadable,
}

#[derive(Default)]
pub(super) struct Certificates {
    known: Mutex<HashMap<String, Arc<CertificateDer<'static>>>>,
}

impl Certificates {
    /// Verifies the signature, Base64, of a text by the certificate at `url`.
    pub(super) fn verify(
        &self,
        fetch: &Fetch,
        url: &str,
        region: &str,
        text: &[u8],
        signature: &str,
    ) -> Result<(), SnsError> {
        if !(is_of_sns(url, region) && is_certificate(url)) {
            return Err(SnsError::ForeignAddress(url.into()));
        }
        let signature = STANDARD.decode(signature).map_err(|_| SnsError::Forged)?;
        let certificate = self.get(fetch, url)?;
        EndEntityCert::try_from(&*certificate)
            .map_err(|_| CertificateError::Unreadable)?
            .verify_signature(RSA_PKCS1_2048_8192_SHA256, text, &signature)
            .map_err(|_| SnsError::Forged)
    }

    fn get(
        &self,
        fetch: &Fetch,
        url: &str,
    ) -> Result<Arc<CertificateDer<'static>>, CertificateError> {
        let lock = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(url) {
            return Ok(Arc::clone(known));
        }
        let pem = fetch(url)?;
        let certificate =
            CertificateDer::from_pem_slice(&pem).map_err(|_| CertificateError::Unreadable)?;
        EndEntityCert::try_from(&certificate).map_err(|_| CertificateError::Unreadable)?;
        let certificate = Arc::new(certificate);
        let mut known = lock();
        if known.len() >= CAPACITY {
            known.clear();
        }
        known.insert(url.into(), Arc::clone(&certificate));
        Ok(certificate)
    }
}

/// Whether an address is one of SNS in this region: `https://sns.{region}.amazonaws.com[.cn]/…`.
pub(super) fn is_of_sns(url: &str, region: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if region.is_empty() || !region.bytes().all(plain) {
        return false;
    }
    let Ok(uri) = url.parse::<Uri>() else {
        return false;
    };
    // The whole authority, so that it has neither user info nor a port.
    let authority = uri.authority().map(Authority::as_str);
    let host = format!("sns.{region}.amazonaws.com");
    uri.scheme_str() == Some("https")
        && (authority == Some(&host) || authority == Some(&format!("{host}.cn")))
}

/// Whether an address is that of a signing certificate: `/SimpleNotificationService-….pem`.
fn is_certificate(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else {
        return false;
    };
    let name = uri
        .path()
        .strip_prefix("/SimpleNotificationService-")
        .and_then(|path| path.strip_suffix(".pem"));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    uri.query().is_none() && name.is_some_and(|name| !name.is_empty() && name.bytes().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, allowed: bool) {
        assert_eq!(
            is_of_sns(url, "eu-west-1") && is_certificate(url),
            allowed,
            "{url}"
        );
    }

    #[test]
    fn only_addresses_of_amazon_are_accepted() {
        let name = "SimpleNotificationService-0123abcd.pem";
        check(&format!("https://sns.eu-west-1.amazonaws.com/{name}"), true);
        check(
            &format!("https://sns.eu-west-1.amazonaws.com.cn/{name}"),
            true,
        );
        for forged in [
            format!("http://sns.eu-west-1.amazonaws.com/{name}"),
            format!("https://sns.us-east-1.amazonaws.com/{name}"),
            format!("https://sns.eu-west-1.amazonaws.com.evil.example/{name}"),
            format!("https://sns.eu-west-1.amazonaws.com:8443/{name}"),
            format!("https://evil@sns.eu-west-1.amazonaws.com/{name}"),
            format!("https://sns.eu-west-1.amazonaws.com@evil.example/{name}"),
            format!("https://evil.example/sns.eu-west-1.amazonaws.com/{name}"),
            format!("https://sns.eu-west-1.amazonaws.com/../{name}"),
            format!("https://sns.eu-west-1.amazonaws.com/bucket/{name}"),
            format!("https://sns.eu-west-1.amazonaws.com/{name}?x=1"),
            "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-.pem".into(),
            "https://sns.eu-west-1.amazonaws.com/other.pem".into(),
            String::new(),
        ] {
            check(&forged, false);
        }
        assert!(!is_of_sns(
            "https://sns.evil.example/.amazonaws.com/",
            "evil.example/"
        ));
    }
}
