//! HS256, RS256 and ES256 for the JWT library, by `ring`, which TLS needs anyway.
//!
//! A key is of one algorithm, and verification accepts no other, whatever a token's header names.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{self, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, EncodingKey};
use ring::hmac::{self, HMAC_SHA256};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents,
    UnparsedPublicKey,
};

enum Signing {
    Secret(hmac::Key),
    Rsa(Box<RsaKeyPair>),
    Ec(Box<EcdsaKeyPair>),
}

impl Signer<Vec<u8>> for Signing {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        let random = SystemRandom::new();
        match self {
            Self::Secret(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map(|()| signature)
                    .map_err(|_| signature::Error::new())
            }
            Self::Ec(key) => key
                .sign(&random, message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| signature::Error::new()),
        }
    }
}

impl JwtSigner for Signing {
    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Secret(_) => Algorithm::HS256,
            Self::Rsa(_) => Algorithm::RS256,
            Self::Ec(_) => Algorithm::ES256,
        }
    }
}

enum Verifying {
    Secret(hmac::Key),
    Public(Algorithm, UnparsedPublicKey<Vec<u8>>),
    /// The components of a JSON Web Key.
    Rsa(RsaPublicKeyComponents<Vec<u8>>),
}

impl Verifier<Vec<u8>> for Verifying {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        match self {
            Self::Secret(key) => hmac::verify(key, message, signature),
            Self::Public(_, key) => key.verify(message, signature),
            Self::Rsa(key) => key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature),
        }
        .map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Verifying {
    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Secret(_) => Algorithm::HS256,
            Self::Public(algorithm, _) => *algorithm,
            Self::Rsa(_) => Algorithm::RS256,
        }
    }
}

/// An RSA key pair in PKCS#8 or PKCS#1.
pub(super) fn rsa(der: &[u8]) -> Option<RsaKeyPair> {
    RsaKeyPair::from_pkcs8(der)
        .or_else(|_| RsaKeyPair::from_der(der))
        .ok()
}

/// A key pair of the curve P-256 in PKCS#8.
pub(super) fn ec(der: &[u8]) -> Option<EcdsaKeyPair> {
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &SystemRandom::new()).ok()
}

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>, Error> {
    let bytes = key.as_bytes();
    let key = match algorithm {
        Algorithm::HS256 => Some(Signing::Secret(hmac::Key::new(HMAC_SHA256, bytes))),
        Algorithm::RS256 => rsa(bytes).map(Box::new).map(Signing::Rsa),
        Algorithm::ES256 => ec(bytes).map(Box::new).map(Signing::Ec),
        _ => None,
    };
    Ok(Box::new(key.ok_or(ErrorKind::InvalidAlgorithm)?))
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    use DecodingKeyKind::{RsaModulusExponent, SecretOrDer};
    let key = match (algorithm, key.kind()) {
        (Algorithm::HS256, SecretOrDer(secret)) => {
            Verifying::Secret(hmac::Key::new(HMAC_SHA256, secret))
        }
        (Algorithm::RS256, SecretOrDer(der)) => Verifying::Public(
            *algorithm,
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der.clone()),
        ),
        (Algorithm::RS256, RsaModulusExponent { n, e }) => {
            let (n, e) = (n.clone(), e.clone());
            Verifying::Rsa(RsaPublicKeyComponents { n, e })
        }
        (Algorithm::ES256, SecretOrDer(point)) => Verifying::Public(
            *algorithm,
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point.clone()),
        ),
        _ => return Err(ErrorKind::InvalidAlgorithm.into()),
    };
    Ok(Box::new(key))
}

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

/// Installs this as the JWT library's provider for the process.
pub(crate) fn install() {
    // It fails only if it is installed already.
    let _ = PROVIDER.install_default();
}
