//! Makes sure that the compiler can build for `wasm32-unknown-unknown`.
//!
//! Where rustup is missing or cannot reach its server, the source of the standard library comes from
//! Debian's package `rust-src` of exactly the compiler's release, and cargo builds it with the game.
//!
//! Non-goals: replacing the compiler, or using the library of another release.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::debian;
use crate::process::{self, say};
use crate::workspace::{Compiler, Workspace};

/// The browser's target.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// A file beside sources from Debian, so that the next run does not look for others.
const MARK: &str = ".from-debian";

/// Where the target's standard library comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WasmStd {
    /// Installed, compiled.
    Installed,
    /// Installed as sources, which cargo compiles.
    Source,
}

impl WasmStd {
    /// Cargo with this subcommand, for the browser's target.
    ///
    /// All builds for the browser use it: with other flags the crates would be compiled again.
    pub(crate) fn cargo(self, workspace: &Workspace, subcommand: &str) -> Command {
        let mut cargo = workspace.cargo();
        cargo.args([subcommand, "--target", TARGET]);
        if self == Self::Source {
            // Not for other commands: it would make cargo compile everything again.
            cargo.env("RUSTC_BOOTSTRAP", "1");
            cargo.arg("-Zbuild-std=std,panic_abort");
        }
        cargo
    }
}

/// Finds the standard library, or installs it.
///
/// # Errors
/// It cannot be installed; the message names the manual steps.
pub(crate) fn ensure(workspace: &Workspace) -> Result<WasmStd> {
    let compiler = Compiler::find()?;
    let rustlib = compiler.sysroot.join("lib/rustlib");
    let compiled = rustlib.join(TARGET).join("lib");
    let library = rustlib.join("src/rust/library");

    if has_std(&compiled) {
        return Ok(WasmStd::Installed);
    }
    if library.join(MARK).exists() {
        return Ok(WasmStd::Source);
    }
    if rustup_target_add() && has_std(&compiled) {
        say("Rust's standard library for the browser: installed by rustup.");
        return Ok(WasmStd::Installed);
    }
    if library.join("Cargo.lock").exists() && library.join("std/src/lib.rs").exists() {
        return Ok(WasmStd::Source);
    }
    let release = &compiler.release;
    from_debian(workspace, release, &library).with_context(|| {
        format!(
            "the compiler cannot build for the browser: run `rustup target add {TARGET}`, \
             or unpack the sources of Rust {release} so that {} is their library folder",
            library.display()
        )
    })?;
    say("Rust's standard library for the browser: sources from Debian, compiled with the game.");
    Ok(WasmStd::Source)
}

fn has_std(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut files| {
        files.any(|file| {
            file.is_ok_and(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
        })
    })
}

fn rustup_target_add() -> bool {
    if process::find("rustup").is_none() {
        return false;
    }
    say("Asking rustup for Rust's standard library for the browser …");
    Command::new("rustup")
        .args(["target", "add", TARGET])
        .env("RUSTUP_MAX_RETRIES", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn from_debian(workspace: &Workspace, release: &str, library: &Path) -> Result<()> {
    if release.contains('-') {
        bail!("Debian has no sources of a {release} compiler");
    }
    say(format!(
        "rustup cannot install it: looking for the sources of Rust {release} in Debian's archive …"
    ));
    let folder = workspace.folder("wasm-std");
    let package = debian::download(&folder, "rust-src", release)?;

    say("Unpacking them …");
    let unpacked = folder.join("unpacked");
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked)
            .with_context(|| format!("cannot empty {}", unpacked.display()))?;
    }
    process::output(
        Command::new("dpkg-deb")
            .arg("--extract")
            .args([&package, &unpacked]),
    )?;
    let source = library_in(&unpacked)?;
    fs::write(source.join(MARK), "").context("cannot mark the sources")?;
    install(&source, library)?;
    fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))
}

/// The library folder of an unpacked `rust-src`.
fn library_in(unpacked: &Path) -> Result<PathBuf> {
    let sources = unpacked.join("usr/src");
    fs::read_dir(&sources)
        .with_context(|| format!("the package has no {}", sources.display()))?
        .filter_map(|entry| Some(entry.ok()?.path().join("library")))
        .find(|library| library.join("std/src/lib.rs").is_file())
        .context("the package holds no standard library")
}

/// Copies to a folder beside the library first, so that an incomplete copy is never used.
fn install(source: &Path, library: &Path) -> Result<()> {
    let parent = library.parent().context("the sysroot has no parent")?;
    let unwritable = || {
        format!(
            "cannot write to {}: run this command once as the owner of the Rust toolchain",
            parent.display()
        )
    };
    let arriving = parent.join("library.arriving");
    fs::create_dir_all(parent).with_context(unwritable)?;
    if arriving.exists() {
        fs::remove_dir_all(&arriving).with_context(unwritable)?;
    }
    process::output(
        Command::new("cp")
            .args(["--recursive", "--dereference"])
            .args([source, &arriving]),
    )
    .with_context(unwritable)?;
    if library.exists() {
        fs::remove_dir_all(library).with_context(unwritable)?;
    }
    fs::rename(&arriving, library).with_context(unwritable)
}
