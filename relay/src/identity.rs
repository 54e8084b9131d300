//! Who somebody is to this relay, from match to match.
//!
//! Anybody gets an identity: a random id, and a token that the client keeps and by which the relay
//! recognises it. Where an issuer of ID tokens is named, whoever shows one of its tokens gets the
//! id of that account, and only accounts open matches. An account's id is a keyed digest, which
//! tells nothing of the account. The relay deliberately keeps no list of anybody: what a token says
//! is all there is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use protocol::{Identity, PlayerId};
use ring::hmac::{self, HMAC_SHA256};
use serde::{Deserialize, Serialize};

use crate::oidc::{Issuer, OidcError};
use crate::token::Signer;

/// How long a device is remembered after it was last seen.
const DEVICE: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// How long an account is believed after its ID token was.
const ACCOUNT: Duration = Duration::from_secs(12 * 60 * 60);

/// Somebody whom the relay has recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Who.
    #[serde(rename = "sub")]
    pub player: PlayerId,
    /// Whether an ID token said so.
    pub account: bool,
    /// Until when, in seconds since 1970 (UTC).
    exp: u64,
}

/// Why nobody is recognised.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Not a token of this relay, or none any more.
    #[error(
        "the identity's token was not signed by this relay, or is over: ask for a new one at /api/identity"
    )]
    Token,
    /// Not an ID token to be believed.
    #[error(transparent)]
    Oidc(#[from] OidcError),
    /// The token cannot be signed.
    #[error("the token cannot be signed: {0}")]
    Sign(jsonwebtoken::errors::Error),
    /// The system has no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Entropy(#[from] getrandom::Error),
}

/// Gives identities and recognises them.
pub struct Identities {
    encoding: EncodingKey,
    decoding: DecodingKey,
    accounts: hmac::Key,
    issuer: Option<Arc<Issuer>>,
    guests_may_host: bool,
}

impl Identities {
    /// Identities of the relay with this signer. Without an issuer everybody may host, else
    /// accounts and, if so wished, guests.
    #[must_use]
    pub fn new(signer: &Signer, issuer: Option<Arc<Issuer>>, guests_may_host: bool) -> Self {
        // Keys of their own, so that no broker takes an identity for a ticket.
        let secret = signer.derive("identity");
        Self {
            encoding: EncodingKey::from_secret(&secret),
            decoding: DecodingKey::from_secret(&secret),
            accounts: hmac::Key::new(HMAC_SHA256, &signer.derive("accounts")),
            guests_may_host: guests_may_host || issuer.is_none(),
            issuer,
        }
    }

    /// An identity at `now`, in seconds since 1970: of whom `token`, an earlier identity's or an
    /// ID token, proves; a new one without. May block.
    ///
    /// # Errors
    /// If the token proves nobody.
    pub fn introduce(&self, token: Option<&str>, now: u64) -> Result<Identity, IdentityError> {
        let known = match token {
            None => Known {
                player: PlayerId::from_entropy(getrandom::u64()?),
                account: false,
                exp: now + DEVICE.as_secs(),
            },
            Some(token) => match (self.recognise(token, now), &self.issuer) {
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

    /// The relay's own, which may host.
    ///
    /// # Errors
    /// If the system fails.
    pub fn of_house(&self, now: u64) -> Result<Identity, IdentityError> {
        self.write(Known {
            player: PlayerId::from_entropy(getrandom::u64()?),
            account: true,
            exp: now + DEVICE.as_secs(),
        })
    }

    /// Whose identity's token this is at `now`, in seconds since 1970.
    ///
    /// # Errors
    /// If it is none of this relay's, or over.
    pub fn recognise(&self, token: &str, now: u64) -> Result<Known, IdentityError> {
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

    /// Whether somebody, or whoever shows nothing, may open matches.
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
        // No URL holds a line's end, so that no two accounts are one text.
        let account = hmac::sign(&self.accounts, format!("{issuer}\n{subject}").as_bytes());
        let (first, _) = account.as_ref().split_at(8);
        PlayerId::from_entropy(
            first
                .iter()
                .fold(0, |bits, &byte| bits << 8 | u64::from(byte)),
        )
    }
}
