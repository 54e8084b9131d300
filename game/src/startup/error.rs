//! Why an option is not valid.

use std::ffi::OsString;
use std::path::PathBuf;

use link::conditions::InvalidCondition;
use netcode::InvalidOption;
use protocol::InvalidId;

/// An option, or its value, that is not valid.
#[derive(Debug, thiserror::Error)]
pub enum InvalidStartup {
    /// No option has this name.
    #[error("invalid option '--{0}'")]
    Unknown(String),
    /// The relay's URL has another scheme.
    #[error("--url must start with http:// or https://")]
    Url,
    /// The value is not Unicode.
    #[error("argument is invalid unicode: {0:?}")]
    NotUnicode(OsString),
    /// The value is not a code or a callsign.
    #[error("cannot parse argument {value:?}: {error}")]
    Id {
        /// As it was spelled.
        value: String,
        /// Why it is not valid.
        error: InvalidId,
    },
    /// The file with the ID token cannot be read.
    #[error("cannot read the ID token in {file}: {error}", file = .file.display())]
    IdToken {
        /// The file.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Not a condition of a network.
    #[error(transparent)]
    Condition(#[from] InvalidCondition),
    /// Not an option of a host.
    #[error(transparent)]
    Hosting(#[from] InvalidOption),
}
