//! HMAC-SHA-256 for the JWT library, by `ring`, which the broker's TLS brings along anyway.
//!
//! The library's own back ends bring RSA and elliptic curves too. This one deliberately offers
//! nothing but HS256, so that no other algorithm can be talked into being accepted.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{self, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use ring::hmac::{self, HMAC_SHA256, Key};

struct Hs256(Key);

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(hmac::sign(&self.0, message).as_ref().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        hmac::verify(&self.0, message, signature).map_err(|_| signature::Error::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

fn hs256(algorithm: Algorithm, secret: &[u8]) -> Result<Box<Hs256>, Error> {
    if algorithm == Algorithm::HS256 {
        Ok(Box::new(Hs256(Key::new(HMAC_SHA256, secret))))
    } else {
        Err(ErrorKind::InvalidAlgorithm.into())
    }
}

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>, Error> {
    Ok(hs256(*algorithm, key.as_bytes())?)
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    Ok(hs256(*algorithm, key.try_get_as_bytes()?)?)
}

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes this the process's cryptography for tokens.
pub(super) fn install() {
    // It fails only if it was done before.
    let _ = PROVIDER.install_default();
}
