//! Identities: player ids that stay the same from match to match.
//!
//! Every client can get an identity: a random id, and a signed token that the client stores and
//! sends with later requests. With an OpenID Connect issuer, a client that sends one of its ID tokens
//! gets the id of that account, and only accounts may open matches. An account's id is a keyed
//! digest, from which the account cannot be derived.
//!
//! Non-goals: a database of players. All that the relay knows of a player is in its token.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use protocol::{Identity, PlayerId};
use ring::hmac::{self, HMAC_SHA256};
use serde::{Deserialize, Serialize};

use crate::oidc::{Issuer, OidcError};
use crate::token::Signer;

/// The lifetime of a guest's identity after its last renewal.
const DEVICE: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// The lifetime of an account's identity after its ID token was verified.
const ACCOUNT: Duration = Duration::from_secs(12 * 60 * 60);

/// The content of an identity's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The player's id.
    #[serde(rename = "sub")]
    pub player: PlayerId,
    /// Whether it is an account's, proved by an ID token.
    pub account: bool,
    /// When it expires, in seconds since 1970 (UTC).
    exp: u64,
}

/// Why an identity is refused.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Not signed by this relay, or expired.
    #[error(
        "the identity's token was not signed by this relay, or is over: ask for a new one at /api/identity"
    )]
    Token,
    /// The ID token is refused.
    #[error(transparent)]
    Oidc(#[from] OidcError),
    /// The token cannot be signed.
    #[error("the token cannot be signed: {0}")]
    Sign(jsonwebtoken::errors::Error),
    /// The system has no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Entropy(#[from] getrandom::Error),
}

/// Issues identities and verifies them.
pub struct Identities {
    encoding: EncodingKey,
    decoding: DecodingKey,
    accounts: hmac::Key,
    issuer: Option<Arc<Issuer>>,
    guests_may_host: bool,
}

impl Identities {
    /// Identities of the relay with this signer. Without an issuer all players may host; with one,
    /// accounts and, if `guests_may_host`, guests.
    #[must_use]
    pub fn new(signer: &Signer, issuer: Option<Arc<Issuer>>, guests_may_host: bool) -> Self {
        // Separate keys, so that no broker accepts an identity as a ticket.
        let secret = signer.derive("identity");
        Self {
            encoding: EncodingKey::from_secret(&secret),
            decoding: DecodingKey::from_secret(&secret),
            accounts: hmac::Key::new(HMAC_SHA256, &signer.derive("accounts")),
            guests_may_host: guests_may_host || issuer.is_none(),
            issuer,
        }
    }

    /// The identity that `token` proves, which is an earlier identity's token or an ID token; a new
    /// one without a token. `now` is in seconds since 1970 (UTC). May block.
    ///
    /// # Errors
    /// If the token is refused.
    pub fn issue(&self, token: Option<&str>, now: u64) -> Result<Identity, IdentityError> {
        let known = match token {
            None => Known {
                player: PlayerId::from_entropy(getrandom::u64()?),
                account: false,
                exp: now + DEVICE.as_secs(),
            },
            Some(token) => match (self.verify(token, now), &self.issuer) {
                (Ok(known), _) if known.account => known,
                (Ok(known), _) => Known {
                    exp: now + DEVICE.as_secs(),
                    ..known
                },
                (Err(error), None) => return Err(error),
                (Err(_), Some(issuer)) => Known {
                    player: self.account(issuer.url(), &issuer.verify(token, Instant::now())?),
                    account: true,
                    exp: now + ACCOUNT.as_secs(),
                },
            },
        };
        self.write(known)
    }

    /// Verifies an identity's token at `now`, in seconds since 1970 (UTC).
    ///
    /// # Errors
    /// If it was not signed by this relay, or has expired.
    pub fn verify(&self, token: &str, now: u64) -> Result<Known, IdentityError> {
        let mut validation = Validation::new(Algorithm::HS256);
        // Checked against the caller's clock.
        validation.validate_exp = false;
        let known: Known = jsonwebtoken::decode(token, &self.decoding, &validation)
            .map_err(|_| IdentityError::Token)?
            .claims;
        if now < known.exp {
            Ok(known)
        } else {
            Err(IdentityError::Token)
        }
    }

    /// Whether the bearer of an identity, or a client without one, may open matches.
    #[must_use]
    pub fn may_host(&self, who: Option<&Known>) -> bool {
        self.guests_may_host || who.is_some_and(|known| known.account)
    }

    fn write(&self, known: Known) -> Result<Identity, IdentityError> {
        let header = Header::new(Algorithm::HS256);
        let token =
            jsonwebtoken::encode(&header, &known, &self.encoding).map_err(IdentityError::Sign)?;
        Ok(Identity {
            player: known.player,
            token,
            may_host: self.may_host(Some(&known)),
            expires_at: known.exp,
        })
    }

    fn account(&self, issuer: &str, subject: &str) -> PlayerId {
        // Unambiguous, because no URL contains a line feed.
        let account = hmac::sign(&self.accounts, format!("{issuer}\n{subject}").as_bytes());
        let (first, _) = account.as_ref().split_at(8);
        PlayerId::from_entropy(
            first
                .iter()
                .fold(0, |bits, &byte| bits << 8 | u64::from(byte)),
        )
    }
}
