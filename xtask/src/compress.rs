//! Puts a brotli and a gzip file beside each file that a browser downloads.
//!
//! What would not get smaller (pictures, sounds) is left as it is.

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

/// Ten would save another tenth, and take a minute.
const BROTLI_QUALITY: u32 = 9;

/// Brotli's largest window that every browser takes, as a power of two.
const BROTLI_WINDOW: u32 = 24;

/// Bytes of a folder.
#[derive(Default)]
pub(crate) struct Sizes {
    /// As they are.
    pub(crate) plain: u64,
    /// As a browser that knows brotli downloads them.
    pub(crate) brotli: u64,
}

/// Compresses every file of a folder, at any depth.
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

/// Writes `file.br` and `file.gz`; returns the bytes of the first.
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
