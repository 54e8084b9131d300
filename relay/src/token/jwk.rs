//! The public half of a signing key as a JSON Web Key (RFC 7517).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::signature::{EcdsaKeyPair, KeyPair as _, RsaKeyPair, RsaPublicKeyComponents};
use serde::Serialize;

/// The length of a coordinate of the curve P-256.
const COORDINATE: usize = 32;

/// A public key that verifies tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Jwk {
    /// The key's id: its thumbprint (RFC 7638), which is also in the headers of its tokens.
    pub kid: String,
    alg: &'static str,
    #[serde(rename = "use")]
    purpose: &'static str,
    #[serde(flatten)]
    numbers: Numbers,
}

/// The key's parameters; the fields are in the order of the thumbprint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum Numbers {
    Ec {
        crv: &'static str,
        kty: &'static str,
        x: String,
        y: String,
    },
    Rsa {
        e: String,
        kty: &'static str,
        n: String,
    },
}

impl Jwk {
    pub(super) fn of_rsa(key: &RsaKeyPair) -> Self {
        let public = RsaPublicKeyComponents::<Vec<u8>>::from(key.public());
        let numbers = Numbers::Rsa {
            e: URL_SAFE_NO_PAD.encode(public.e),
            kty: "RSA",
            n: URL_SAFE_NO_PAD.encode(public.n),
        };
        Self::new("RS256", numbers)
    }

    pub(super) fn of_ec(key: &EcdsaKeyPair) -> Self {
        // A byte for "uncompressed", then the coordinates.
        let point = key.public_key().as_ref();
        let (x, y) = point[1..].split_at(COORDINATE);
        let numbers = Numbers::Ec {
            crv: "P-256",
            kty: "EC",
            x: URL_SAFE_NO_PAD.encode(x),
            y: URL_SAFE_NO_PAD.encode(y),
        };
        Self::new("ES256", numbers)
    }

    fn new(alg: &'static str, numbers: Numbers) -> Self {
        let text = serde_json::to_vec(&numbers).unwrap_or_default();
        Self {
            kid: URL_SAFE_NO_PAD.encode(digest(&SHA256, &text)),
            alg,
            purpose: "sig",
            numbers,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7638, section 3.1.
    #[test]
    fn a_key_is_named_as_the_standard_says() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tS\
                 oc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65\
                 YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyr\
                 dkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzK\
                 nqDKgw";
        let numbers = Numbers::Rsa {
            e: "AQAB".into(),
            kty: "RSA",
            n: n.into(),
        };
        let key = Jwk::new("RS256", numbers);
        assert_eq!(key.kid, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }
}
