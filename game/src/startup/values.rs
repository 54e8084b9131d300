//! The values of options.

use std::ffi::OsString;
use std::path::PathBuf;

use protocol::InvalidId;

use super::error::InvalidStartup;

pub(super) fn text(value: OsString) -> Result<String, InvalidStartup> {
    value.into_string().map_err(InvalidStartup::NotUnicode)
}

/// A code or a callsign.
pub(super) fn id<T: std::str::FromStr<Err = InvalidId>>(
    value: OsString,
) -> Result<T, InvalidStartup> {
    let value = text(value)?;
    value
        .parse()
        .map_err(|error| InvalidStartup::Id { value, error })
}

/// Without a slash at its end.
pub(super) fn base_url(url: &str) -> Result<String, InvalidStartup> {
    if url.starts_with("http://") || url.starts_with("https://") {
        Ok(url.trim_end_matches('/').into())
    } else {
        Err(InvalidStartup::Url)
    }
}

/// The ID token in a file.
pub(super) fn read_token(file: PathBuf) -> Result<String, InvalidStartup> {
    match std::fs::read_to_string(&file) {
        Ok(text) => Ok(text.trim().into()),
        Err(error) => Err(InvalidStartup::IdToken { file, error }),
    }
}
