//! Verifies ID tokens of an OpenID Connect issuer, such as Cognito, Google or Auth0.
//!
//! The issuer's keys are fetched at first use, every hour, and when a token names an unknown key, as
//! after a key rotation; but at most every ten seconds.
//!
//! Non-goals: signing in, which the client does, and algorithms other than RS256 and ES256.

mod keys;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde::Deserialize;

use crate::token;
use keys::{Key, Source};

pub use keys::KeysError;

/// How far the issuer's clock may be off, in seconds.
const LEEWAY: u64 = 60;

/// The greatest age of cached keys: a withdrawn key is accepted for no longer.
const MAX_AGE: Duration = Duration::from_secs(60 * 60);

/// The least time between two downloads of the issuer's keys.
const PAUSE: Duration = Duration::from_secs(10);

/// The longest accepted ID token, in bytes.
const MAX_TOKEN: usize = 8 * 1024;

/// Why an ID token is refused.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// Not a token, or one with an unsupported algorithm.
    #[error("that is no ID token signed with RS256 or ES256: sign in again")]
    Malformed,
    /// The issuer has no such key.
    #[error("the ID token is signed with a key that its issuer does not have: sign in again")]
    UnknownKey,
    /// Forged, expired, not valid yet, or for another audience.
    #[error("the ID token is refused ({0}): sign in again")]
    Refused(#[source] jsonwebtoken::errors::Error),
    /// The issuer's keys cannot be fetched.
    #[error("the issuer of ID tokens cannot be asked for its keys: try again in a moment")]
    Unreachable,
}

/// An issuer of ID tokens for one audience.
#[derive(Debug)]
pub struct Issuer {
    url: String,
    audience: String,
    source: Source,
    held: Mutex<Held>,
}

/// The cached keys, and when they were requested.
#[derive(Debug, Default)]
struct Held {
    keys: Vec<Key>,
    asked: Option<Instant>,
    fetched: Option<Instant>,
}

/// The claims that are read; others are only checked.
#[derive(Deserialize)]
struct Claims {
    sub: String,
}

impl Issuer {
    /// The issuer at this URL, exactly as in its tokens' `iss`; `audience` is the id under which the
    /// client is registered with it.
    ///
    /// # Errors
    /// If the URL is not `https`, or `http` on this machine, for tests.
    pub fn new(url: &str, audience: &str) -> Result<Self, KeysError> {
        token::install_crypto();
        Ok(Self {
            url: url.into(),
            audience: audience.into(),
            source: Source::new(url)?,
            held: Mutex::default(),
        })
    }

    /// The issuer's URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Verifies `token` and returns its subject. `now` decides whether keys are fetched. May block.
    ///
    /// # Errors
    /// If it is refused.
    pub fn verify(&self, token: &str, now: Instant) -> Result<String, OidcError> {
        if token.len() > MAX_TOKEN {
            return Err(OidcError::Malformed);
        }
        let header = decode_header(token).map_err(|_| OidcError::Malformed)?;
        if !matches!(header.alg, Algorithm::RS256 | Algorithm::ES256) {
            return Err(OidcError::Malformed);
        }
        let key = self.key(header.kid.as_deref(), header.alg, now)?;
        // The key's algorithm, so that a token cannot choose another one.
        let mut validation = Validation::new(key.algorithm);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.url]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        decode::<Claims>(token, &key.decoding, &validation)
            .map(|token| token.claims.sub)
            .map_err(OidcError::Refused)
    }

    /// The issuer's key with this id, or its only key if the token names none.
    fn key(&self, id: Option<&str>, algorithm: Algorithm, now: Instant) -> Result<Key, OidcError> {
        // Valid even after a panic: every change is a single assignment.
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = held
            .fetched
            .is_some_and(|then| now.saturating_duration_since(then) < MAX_AGE);
        if (!fresh || held.find(id, algorithm).is_none()) && held.may_ask(now) {
            held.asked = Some(now);
            match self.source.fetch() {
                Ok(keys) => {
                    held.keys = keys;
                    held.fetched = Some(now);
                }
                Err(error) => tracing::warn!("no keys of {}: {error}", self.url),
            }
        }
        match held.find(id, algorithm) {
            Some(key) => Ok(key.clone()),
            None if held.fetched.is_none() => Err(OidcError::Unreachable),
            None => Err(OidcError::UnknownKey),
        }
    }
}

impl Held {
    fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&Key> {
        let mut fitting = self.keys.iter().filter(|key| key.algorithm == algorithm);
        match id {
            Some(id) => fitting.find(|key| key.id.as_deref() == Some(id)),
            None => fitting.next().filter(|_| fitting.next().is_none()),
        }
    }

    fn may_ask(&self, now: Instant) -> bool {
        self.asked
            .is_none_or(|then| now.saturating_duration_since(then) >= PAUSE)
    }
}
