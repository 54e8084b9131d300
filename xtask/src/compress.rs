//! Writes a brotli and a gzip copy beside each file that a browser downloads.
//!
//! Non-goals: files that are compressed already, such as pictures and sounds.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context as _, Result, anyhow};
use brotli::CompressorWriter;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::files::files;

const COMPRESSIBLE: [&str; 8] = [
    "css",
    "html",
    "js",
    "json",
    "svg",
    "ttf",
    "wasm",
    "webmanifest",
];

/// Quality 10 would save another 10 %, and take a minute.
const BROTLI_QUALITY: u32 = 9;

/// The base-2 logarithm of brotli's window: the largest that every browser supports.
const BROTLI_WINDOW: u32 = 24;

/// The size of a folder, in bytes.
#[derive(Default)]
pub(crate) struct Sizes {
    /// Uncompressed.
    pub(crate) plain: u64,
    /// As downloaded by a browser that supports brotli.
    pub(crate) brotli: u64,
}

/// Compresses every file of a folder at any depth.
pub(crate) fn folder(folder: &Path) -> Result<Sizes> {
    let mut sizes = Sizes::default();
    for file in files(folder)? {
        let plain = fs::metadata(&file)?.len();
        sizes.plain += plain;
        let compressible = file
            .extension()
            .is_some_and(|extension| COMPRESSIBLE.iter().any(|known| extension == *known));
        sizes.brotli += if compressible { both(&file)? } else { plain };
    }
    Ok(sizes)
}

/// Writes `file.br` and `file.gz`; returns the size of the first in bytes.
fn both(file: &Path) -> Result<u64> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    thread::scope(|scope| {
        let gzip = scope.spawn(|| gzip(&bytes, &beside(file, "gz")));
        let brotli = brotli(&bytes, &beside(file, "br"));
        gzip.join().map_err(|_| anyhow!("gzip panicked"))??;
        brotli
    })
    .with_context(|| format!("cannot compress {}", file.display()))
}

fn beside(file: &Path, extension: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

fn brotli(bytes: &[u8], to: &Path) -> Result<u64> {
    let mut encoder =
        CompressorWriter::new(File::create(to)?, 1 << 16, BROTLI_QUALITY, BROTLI_WINDOW);
    encoder.write_all(bytes)?;
    encoder.flush()?;
    drop(encoder);
    Ok(fs::metadata(to)?.len())
}

fn gzip(bytes: &[u8], to: &Path) -> io::Result<()> {
    let mut encoder = GzEncoder::new(File::create(to)?, Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()?;
    Ok(())
}
