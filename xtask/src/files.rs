//! Lists the files of a folder.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

/// Every file of a folder at any depth, in order; the path itself if it is a file; nothing if it
/// does not exist.
///
/// # Errors
/// An entry cannot be read.
pub(crate) fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let Ok(entries) = fs::read_dir(path) else {
        return Ok(Vec::new());
    };
    let mut paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        found.extend(files(&path)?);
    }
    Ok(found)
}
