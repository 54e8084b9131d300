//! The committed inputs of each target.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::Target;

/// The folder with a target's inputs.
#[must_use]
pub fn folder(target: &Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target.name)
}

/// A target's inputs, in the order of their names.
///
/// # Errors
/// The folder cannot be read.
pub fn read(target: &Target) -> io::Result<Vec<Vec<u8>>> {
    let mut files = fs::read_dir(folder(target))?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    files.sort();
    files.iter().map(fs::read).collect()
}

/// Adds the target's [seeds](Target::seeds) to its corpus.
///
/// # Errors
/// The folder cannot be written to.
pub fn add_seeds(target: &Target) -> io::Result<()> {
    let folder = folder(target);
    fs::create_dir_all(&folder)?;
    for seed in (target.seeds)() {
        fs::write(folder.join(file_name(&seed)), seed)?;
    }
    Ok(())
}

/// The name of an input's file: a digest (64-bit FNV-1a), so that equal inputs have one file.
#[must_use]
pub fn file_name(input: &[u8]) -> String {
    let digest = input
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |digest, &byte| {
            (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{digest:016x}")
}
