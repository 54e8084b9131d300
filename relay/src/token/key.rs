//! The signing key of tokens: a secret that the relay creates at its first start and stores in the
//! data folder, so that tickets survive a restart; or a key that it shares with a cluster of brokers.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use ring::signature::KeyPair as _;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;

use super::crypto;
use super::jwk::Jwk;

/// The least length of a secret, in bytes: that of the digest.
pub const LENGTH: usize = 32;

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("cannot use the signing key {path}")]
    File {
        /// The key's file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The relay's own file is malformed.
    #[error("{0} is no signing key: remove it to get a new one; tickets given out before end")]
    Malformed(PathBuf),
    /// The given file holds no supported key.
    #[error(
        "{0} is no signing key: it must hold a secret of {LENGTH} characters or more, or a private \
         key for RS256 (2048 bits or more) or ES256 (curve P-256) in PEM, as \
         `openssl pkcs8 -topk8 -nocrypt` writes it"
    )]
    Unusable(PathBuf),
    /// The system has no random numbers.
    #[error("the system gives no random numbers")]
    Entropy(#[from] getrandom::Error),
}

/// A key of one algorithm.
pub(super) struct Key {
    pub(super) algorithm: Algorithm,
    pub(super) encoding: EncodingKey,
    pub(super) decoding: DecodingKey,
    /// The public key that verifies its tokens; none for a secret.
    pub(super) public: Option<Jwk>,
}

impl Key {
    /// A secret.
    pub(super) fn of_secret(secret: &[u8]) -> Self {
        Self {
            algorithm: Algorithm::HS256,
            encoding: EncodingKey::from_secret(secret),
            decoding: DecodingKey::from_secret(secret),
            public: None,
        }
    }

    /// The secret in the folder `data`; a new one if there is none.
    pub(super) fn open(data: &Path) -> Result<Self, KeyError> {
        load(data).map(|secret| Self::of_secret(&secret))
    }

    /// The key in a file: a private key if it looks like PEM, else a secret.
    pub(super) fn read(path: &Path) -> Result<Self, KeyError> {
        let bytes = fs::read(path).map_err(|source| KeyError::File {
            path: path.into(),
            source,
        })?;
        let text = bytes.trim_ascii();
        let key = if text.starts_with(b"-----BEGIN") {
            Self::of_pem(text)
        } else {
            (text.len() >= LENGTH).then(|| Self::of_secret(text))
        };
        key.ok_or_else(|| KeyError::Unusable(path.into()))
    }

    fn of_pem(pem: &[u8]) -> Option<Self> {
        let key = PrivateKeyDer::from_pem_slice(pem).ok()?;
        let der = key.secret_der();
        if let Some(pair) = crypto::rsa(der) {
            Some(Self {
                algorithm: Algorithm::RS256,
                encoding: EncodingKey::from_rsa_der(der),
                decoding: DecodingKey::from_rsa_der(pair.public_key().as_ref()),
                public: Some(Jwk::of_rsa(&pair)),
            })
        } else {
            let pair = crypto::ec(der)?;
            Some(Self {
                algorithm: Algorithm::ES256,
                encoding: EncodingKey::from_ec_der(der),
                decoding: DecodingKey::from_ec_der(pair.public_key().as_ref()),
                public: Some(Jwk::of_ec(&pair)),
            })
        }
    }
}

fn load(data: &Path) -> Result<[u8; LENGTH], KeyError> {
    let path = data.join("token.key");
    match fs::read(&path) {
        Ok(bytes) => bytes.try_into().map_err(|_| KeyError::Malformed(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = random()?;
            match write(data, &path, &secret) {
                Ok(()) => Ok(secret),
                Err(source) => Err(KeyError::File { path, source }),
            }
        }
        Err(source) => Err(KeyError::File { path, source }),
    }
}

/// A new secret.
///
/// # Errors
/// If the system has no random numbers.
pub fn random() -> Result<[u8; LENGTH], KeyError> {
    let mut secret = [0; LENGTH];
    getrandom::fill(&mut secret)?;
    Ok(secret)
}

/// Writes to a temporary name first, so that a crash leaves either no key or a whole one. Only its
/// owner may read it.
fn write(data: &Path, path: &Path, secret: &[u8; LENGTH]) -> io::Result<()> {
    fs::create_dir_all(data)?;
    let draft = path.with_extension("draft");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(secret)?;
    file.sync_all()?;
    fs::rename(draft, path)
}
