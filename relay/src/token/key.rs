//! The signing secret: made at first start and kept in the data folder, readable by its owner
//! only, so that tickets outlive a restart of the relay.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Bytes of a secret: as many as the digest has.
pub const LENGTH: usize = 32;

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("cannot use the signing key {path}")]
    File {
        /// The key's file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("{0} is no signing key: remove it to get a new one; tickets given out before end")]
    Malformed(PathBuf),
    /// The system has no random numbers.
    #[error("the system gives no random numbers")]
    Entropy(#[from] getrandom::Error),
}

/// The secret in the folder `data`; a new one if there is none.
pub(super) fn load(data: &Path) -> Result<[u8; LENGTH], KeyError> {
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
pub(crate) fn random() -> Result<[u8; LENGTH], KeyError> {
    let mut secret = [0; LENGTH];
    getrandom::fill(&mut secret)?;
    Ok(secret)
}

/// Writes beside the final name first: a crash leaves either no key or a whole one.
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
