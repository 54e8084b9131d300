//! Downloads an issuer's public keys, whose address is in its discovery document.
//!
//! Non-goals: caching, and redirections.

use std::time::Duration;

use axum::http::Uri;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::https;

/// The longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 128 * 1024;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(4);

/// Why an issuer's keys cannot be fetched.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// Keys that are sent without TLS could be replaced on the way.
    #[error(
        "{0} is no https address: name the issuer as its tokens do, such as https://accounts.google.com"
    )]
    Insecure(String),
    /// The issuer does not answer, or not with the expected document.
    #[error("{url}: {source}")]
    Fetch {
        /// The address.
        url: String,
        /// The cause.
        source: Box<ureq::Error>,
    },
    /// The document belongs to another issuer.
    #[error("the discovery document is of {0}: name the issuer exactly so")]
    AnotherIssuer(String),
}

/// A public key of an issuer.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) id: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
}

/// The issuer's documents.
#[derive(Debug)]
pub(super) struct Source {
    issuer: String,
    agent: ureq::Agent,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

impl Source {
    pub(super) fn new(issuer: &str) -> Result<Self, KeysError> {
        check_secure(issuer)?;
        Ok(Self {
            issuer: issuer.into(),
            agent: https::agent(TIMEOUT),
        })
    }

    /// Downloads the issuer's present keys. Blocks.
    pub(super) fn fetch(&self) -> Result<Vec<Key>, KeysError> {
        let base = self.issuer.trim_end_matches('/');
        let discovery: Discovery = self.get(&format!("{base}/.well-known/openid-configuration"))?;
        if discovery.issuer != self.issuer {
            return Err(KeysError::AnotherIssuer(discovery.issuer));
        }
        check_secure(&discovery.jwks_uri)?;
        let set: JwkSet = self.get(&discovery.jwks_uri)?;
        Ok(set.keys.iter().filter_map(Key::read).collect())
    }

    fn get<T: DeserializeOwned>(&self, url: &str) -> Result<T, KeysError> {
        let failed = |source: ureq::Error| KeysError::Fetch {
            url: url.into(),
            source: Box::new(source),
        };
        let bytes = https::get(&self.agent, url, MAX_ANSWER).map_err(failed)?;
        serde_json::from_slice(&bytes).map_err(|error| failed(ureq::Error::Other(Box::new(error))))
    }
}

impl Key {
    /// Parses a signing key of a supported algorithm; issuers may have others.
    fn read(jwk: &Jwk) -> Option<Self> {
        let algorithm = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => Algorithm::RS256,
            AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => {
                Algorithm::ES256
            }
            _ => return None,
        };
        let signs = matches!(
            jwk.common.public_key_use,
            None | Some(PublicKeyUse::Signature)
        );
        let named = jwk.common.key_algorithm;
        let fits = named.is_none_or(|named| named.to_string() == format!("{algorithm:?}"));
        Some(Self {
            id: jwk.common.key_id.clone(),
            algorithm,
            decoding: DecodingKey::from_jwk(jwk).ok()?,
        })
        .filter(|_| signs && fits)
    }
}

fn check_secure(url: &str) -> Result<(), KeysError> {
    let secure = url.parse::<Uri>().is_ok_and(|url| {
        let here = matches!(url.host(), Some("127.0.0.1" | "[::1]" | "localhost"));
        url.scheme_str() == Some("https") || url.scheme_str() == Some("http") && here
    });
    if secure {
        Ok(())
    } else {
        Err(KeysError::Insecure(url.into()))
    }
}
