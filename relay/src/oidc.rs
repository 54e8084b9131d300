//! Recognises the accounts of an OpenID Connect issuer, such as Cognito, Google or Auth0, by their
//! ID tokens.
//!
//! The issuer's own documents say where its keys are. They are fetched at first use, once an hour,
//! and when a token names a key that is not among them, which is how issuers change keys; but never
//! more often than every ten seconds, whatever tokens come. It deliberately signs nobody in, which
//! is the client's business, and takes nothing but ID tokens signed with RS256 or ES256.

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

/// How old keys may become: one that the issuer has withdrawn is believed no longer than this.
const MAX_AGE: Duration = Duration::from_secs(60 * 60);

/// The least time between two looks at the issuer's keys.
const PAUSE: Duration = Duration::from_secs(10);

/// The longest ID token that is looked at, in bytes.
const MAX_TOKEN: usize = 8 * 1024;

/// Why an ID token is refused.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// Not a token, or one of a kind that is never taken.
    #[error("that is no ID token signed with RS256 or ES256: sign in again")]
    Malformed,
    /// The issuer has no such key.
    #[error("the ID token is signed with a key that its issuer does not have: sign in again")]
    UnknownKey,
    /// Forged, over, not valid yet, or for somebody else.
    #[error("the ID token is refused ({0}): sign in again")]
    Refused(#[source] jsonwebtoken::errors::Error),
    /// The issuer's keys cannot be had.
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

/// Keys, and when they were asked for.
#[derive(Debug, Default)]
struct Held {
    keys: Vec<Key>,
    asked: Option<Instant>,
    fetched: Option<Instant>,
}

/// What an ID token must say besides what is checked.
#[derive(Deserialize)]
struct Claims {
    sub: String,
}

impl Issuer {
    /// The issuer at this URL, exactly as its tokens name it, whose tokens are for this audience:
    /// the id under which the client is registered with it.
    ///
    /// # Errors
    /// If the URL is not `https`; for tests, plain `http` on this machine will do.
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

    /// The subject whom `token` proves, at the moment `now` of looking at keys. May block.
    ///
    /// # Errors
    /// If it proves nobody.
    pub fn verify(&self, token: &str, now: Instant) -> Result<String, OidcError> {
        if token.len() > MAX_TOKEN {
            return Err(OidcError::Malformed);
        }
        let header = decode_header(token).map_err(|_| OidcError::Malformed)?;
        if !matches!(header.alg, Algorithm::RS256 | Algorithm::ES256) {
            return Err(OidcError::Malformed);
        }
        let key = self.key(header.kid.as_deref(), header.alg, now)?;
        // The algorithm is the key's: a token cannot choose another for it.
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

    /// The issuer's key of this name, or its only one if a token names none.
    fn key(&self, id: Option<&str>, algorithm: Algorithm, now: Instant) -> Result<Key, OidcError> {
        // Each change to it is whole, so a panic elsewhere leaves it good.
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
