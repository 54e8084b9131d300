//! Tokens: the passwords of tickets, as JWTs signed by this relay.
//!
//! A token holds its holder's id and rights in [`Claims`] that brokers with JWT authentication
//! understand (EMQX's and RMQTT's ACL format). The embedded broker derives the same rights from the
//! role by [`Claims::grants`].
//!
//! Non-goals: encryption, because a token holds no secret.

mod claims;
mod crypto;
mod jwk;
mod key;

use std::path::Path;
use std::time::{Duration, SystemTime};

use jsonwebtoken::{Header, Validation};
use ring::hmac::{self, HMAC_SHA256};

use key::Key;

pub use claims::{Claims, MatchRole, Rule};
pub(crate) use crypto::install as install_crypto;
pub use jwk::Jwk;
pub use key::{KeyError, LENGTH as KEY_LENGTH, random as random_key};

/// How long a token is valid; clients renew theirs well before.
pub const LIFETIME: Duration = protocol::timing::TOKEN_LIFETIME;

/// Why a token is refused.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Not a token of this relay: malformed, forged, or signed with another key or algorithm.
    #[error("the token was not signed by this relay: ask for a new ticket")]
    Invalid(#[from] jsonwebtoken::errors::Error),
    /// It has expired.
    #[error("the token has expired: ask for a new ticket")]
    Expired,
}

/// Signs tokens and verifies its own.
pub struct Signer {
    key: Key,
    header: Header,
    validation: Validation,
}

impl Signer {
    /// A signer with this secret.
    #[must_use]
    pub fn new(secret: &[u8; KEY_LENGTH]) -> Self {
        Self::with(Key::of_secret(secret))
    }

    /// A signer with the secret in the folder `data`, which is made at first use.
    ///
    /// # Errors
    /// If the secret can be neither read nor made.
    pub fn open(data: &Path) -> Result<Self, KeyError> {
        Key::open(data).map(Self::with)
    }

    /// A signer with the key in a file: a secret (HS256), or a private key in PEM (RS256, ES256).
    ///
    /// # Errors
    /// If the file holds no such key.
    pub fn read(file: &Path) -> Result<Self, KeyError> {
        Key::read(file).map(Self::with)
    }

    fn with(key: Key) -> Self {
        crypto::install();
        let mut header = Header::new(key.algorithm);
        header.kid = key.public.as_ref().map(|public| public.kid.clone());
        let mut validation = Validation::new(key.algorithm);
        // Checked against the caller's clock in `verify`.
        validation.validate_exp = false;
        Self {
            key,
            header,
            validation,
        }
    }

    /// The public key of the tokens; none if they are signed with a shared secret.
    #[must_use]
    pub const fn public_key(&self) -> Option<&Jwk> {
        self.key.public.as_ref()
    }

    /// A secret for another purpose, from which this signer's key cannot be derived.
    #[must_use]
    pub(crate) fn derive(&self, purpose: &str) -> [u8; key::LENGTH] {
        let key = hmac::Key::new(HMAC_SHA256, self.key.encoding.as_bytes());
        let mut secret = [0; key::LENGTH];
        secret.copy_from_slice(hmac::sign(&key, purpose.as_bytes()).as_ref());
        secret
    }

    /// A token with these claims.
    ///
    /// # Errors
    /// If the claims cannot be written as JSON.
    pub fn sign(&self, claims: &Claims) -> Result<String, TokenError> {
        Ok(jsonwebtoken::encode(
            &self.header,
            claims,
            &self.key.encoding,
        )?)
    }

    /// The claims of `token` at `now`, in seconds since 1970 (UTC).
    ///
    /// # Errors
    /// If the token is not one of this signer's, or has expired.
    pub fn verify(&self, token: &[u8], now: u64) -> Result<Claims, TokenError> {
        let claims: Claims =
            jsonwebtoken::decode(token, &self.key.decoding, &self.validation)?.claims;
        if now >= claims.exp {
            return Err(TokenError::Expired);
        }
        Ok(claims)
    }
}

/// Seconds since 1970 (UTC).
#[must_use]
pub fn unix_time() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use protocol::{Epoch, MatchId, PlayerId, Role};

    use super::*;

    fn player() -> PlayerId {
        PlayerId::from_entropy(7)
    }

    fn host_claims() -> Claims {
        let seat = MatchRole {
            match_id: MatchId::from_entropy(1),
            role: Role::Host,
            epoch: Epoch(3),
        };
        Claims::new(player(), Some(seat), 100)
    }

    #[test]
    fn a_token_holds_its_claims_until_it_expires() {
        let signer = Signer::new(&[1; key::LENGTH]);
        for claims in [host_claims(), Claims::new(player(), None, 100)] {
            let token = signer.sign(&claims).unwrap();
            assert_eq!(signer.verify(token.as_bytes(), 99).unwrap(), claims);
            assert!(matches!(
                signer.verify(token.as_bytes(), 100),
                Err(TokenError::Expired)
            ));
        }
    }

    #[test]
    fn a_token_of_another_key_or_with_other_claims_is_refused() {
        let signer = Signer::new(&[1; key::LENGTH]);
        let token = signer.sign(&host_claims()).unwrap();
        let other = Signer::new(&[2; key::LENGTH]);
        assert!(other.verify(token.as_bytes(), 0).is_err());

        let guest = signer.sign(&Claims::new(player(), None, 100)).unwrap();
        let spliced: Vec<&str> = token
            .split('.')
            .take(2)
            .chain(guest.split('.').skip(2))
            .collect();
        assert!(signer.verify(spliced.join(".").as_bytes(), 0).is_err());
        assert!(signer.verify(b"", 0).is_err());
        assert!(signer.verify(b"..", 0).is_err());
    }
}
