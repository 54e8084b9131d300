//! Tokens: what a ticket's password is, as a JWT signed by this relay.
//!
//! A token says who its holder is and what it may do, in claims that any broker with JWT
//! authentication understands (EMQX's and RMQTT's ACL format). The embedded broker derives the
//! same rights from the role by [`Claims::grants`]. A token is deliberately not encrypted: it
//! holds no secret.

mod crypto;
mod jwk;
mod key;

use std::path::Path;
use std::time::{Duration, SystemTime};

use jsonwebtoken::{Header, Validation};
use protocol::{Epoch, Grants, MatchId, PlayerId, Role};
use ring::hmac::{self, HMAC_SHA256};
use serde::{Deserialize, Serialize};

use key::Key;

pub(crate) use crypto::install as install_crypto;
pub use jwk::Jwk;
pub use key::{KeyError, LENGTH as KEY_LENGTH, random as random_key};

/// How long a token is good for; clients renew theirs well before.
pub const LIFETIME: Duration = protocol::timing::TOKEN_LIFETIME;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The holder.
    pub sub: PlayerId,
    /// The only client id that the holder may connect as.
    pub client_id: String,
    /// When the token ends, in seconds since 1970 (UTC).
    pub exp: u64,
    /// The holder's part in a match; absent for somebody who only looks at the lobby.
    #[serde(flatten)]
    pub seat: Option<Seat>,
    /// The rights, for brokers that know no roles.
    pub acl: Vec<Rule>,
}

/// A part in a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// The match.
    #[serde(rename = "match")]
    pub match_id: MatchId,
    /// What the holder does in it.
    pub role: Role,
    /// The epoch that a host's right to publish is bound to.
    pub epoch: Epoch,
}

/// A line of the access control list; the first that fits decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// `allow` or `deny`.
    pub permission: String,
    /// `publish`, `subscribe` or `all`.
    pub action: String,
    /// A topic or, for reading, a filter.
    pub topic: String,
}

/// Why a token is refused.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Not a token of this relay: malformed, forged, or signed with another key or algorithm.
    #[error("the token was not signed by this relay: ask for a new ticket")]
    Invalid(#[from] jsonwebtoken::errors::Error),
    /// It was one.
    #[error("the token has expired: ask for a new ticket")]
    Expired,
}

impl Claims {
    /// Claims of somebody who may do what `seat` says, until `exp` seconds since 1970.
    #[must_use]
    pub fn new(player: PlayerId, seat: Option<Seat>, exp: u64) -> Self {
        Self {
            sub: player,
            client_id: player.to_string(),
            exp,
            seat,
            acl: rules(&grants(player, seat)),
        }
    }

    /// Claims of the relay itself, as a client of a broker that is not its own.
    #[must_use]
    pub fn of_relay(id: PlayerId, exp: u64) -> Self {
        Self {
            acl: rules_of_relay(),
            ..Self::new(id, None, exp)
        }
    }

    /// What the holder may do.
    #[must_use]
    pub fn grants(&self) -> Grants {
        grants(self.sub, self.seat)
    }
}

fn grants(player: PlayerId, seat: Option<Seat>) -> Grants {
    match seat {
        Some(Seat {
            match_id,
            role,
            epoch,
        }) => Grants::of_match(role, match_id, player, epoch),
        None => Grants::of_lobby(player),
    }
}

fn rule(permission: &str, action: &str, topic: String) -> Rule {
    Rule {
        permission: permission.into(),
        action: action.into(),
        topic,
    }
}

/// Rosters, notices, news, the list of matches, and the clearing of hosts' keyframes.
fn rules_of_relay() -> Vec<Rule> {
    ["lw/+/r", "lw/+/+/k", "lw/u/+", "lw/news", "lw/lobby"]
        .map(|filter| rule("allow", "publish", filter.into()))
        .into_iter()
        .chain([rule("deny", "all", "#".into())])
        .collect()
}

fn rules(grants: &Grants) -> Vec<Rule> {
    let publish = grants
        .publish
        .iter()
        .map(|topic| rule("allow", "publish", topic.to_string()));
    let whole_match = grants
        .read_match
        .map(|id| rule("allow", "subscribe", format!("lw/{id}/#")));
    let read = grants
        .read
        .iter()
        .map(|topic| rule("allow", "subscribe", topic.to_string()));
    publish
        .chain(whole_match)
        .chain(read)
        .chain([rule("deny", "all", "#".into())])
        .collect()
}

/// Signs tokens and recognises its own.
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

    /// What others recognise the tokens by, unless they are signed with a secret.
    #[must_use]
    pub const fn public_key(&self) -> Option<&Jwk> {
        self.key.public.as_ref()
    }

    /// A secret of its own for another purpose, which tells nothing of this signer's key.
    #[must_use]
    pub(crate) fn derive(&self, purpose: &str) -> [u8; key::LENGTH] {
        let key = hmac::Key::new(HMAC_SHA256, self.key.encoding.as_bytes());
        let mut secret = [0; key::LENGTH];
        secret.copy_from_slice(hmac::sign(&key, purpose.as_bytes()).as_ref());
        secret
    }

    /// The token that says `claims`.
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

    /// What `token` says at `now`, in seconds since 1970.
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
    use super::*;

    fn player() -> PlayerId {
        PlayerId::from_entropy(7)
    }

    fn host_claims() -> Claims {
        let seat = Seat {
            match_id: MatchId::from_entropy(1),
            role: Role::Host,
            epoch: Epoch(3),
        };
        Claims::new(player(), Some(seat), 100)
    }

    #[test]
    fn a_token_says_what_was_signed_until_it_ends() {
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

    #[test]
    fn the_access_list_names_exact_topics_to_publish_and_ends_with_a_refusal() {
        let id = MatchId::from_entropy(1);
        let lines: Vec<String> = host_claims()
            .acl
            .iter()
            .map(|rule| format!("{} {} {}", rule.permission, rule.action, rule.topic))
            .collect();
        assert_eq!(
            lines,
            [
                format!("allow publish lw/{id}/3/d"),
                format!("allow publish lw/{id}/3/k"),
                format!("allow subscribe lw/{id}/#"),
                format!("allow subscribe lw/u/{}", player()),
                "allow subscribe lw/news".into(),
                "allow subscribe lw/lobby".into(),
                "deny all #".into(),
            ]
        );
    }
}
