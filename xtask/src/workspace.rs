//! The paths of the repository, the build folder and the toolchain.
//!
//! Non-goals: creating folders; the only programs that it starts are `cargo metadata` and `rustc`.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::process;

/// Selects every crate with all of its optional parts. Used wherever tests are compiled: another
/// selection of features would compile the crates again.
pub(crate) const EVERYTHING: [&str; 3] = ["--workspace", "--features", "relay/aws"];

/// The repository and its build folder.
pub(crate) struct Workspace {
    /// The repository's root, where the workspace's `Cargo.toml` is.
    pub(crate) root: PathBuf,
    /// Cargo's build folder.
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// The workspace that this program belongs to.
    pub(crate) fn find() -> Result<Self> {
        let manifest_dir = env::var("CARGO_MANIFEST_DIR")
            .unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
        let root = Path::new(&manifest_dir)
            .parent()
            .context("xtask is not in a workspace")?
            .to_owned();
        let metadata = process::output(
            Command::new(cargo())
                .args(["metadata", "--no-deps", "--format-version=1"])
                .current_dir(&root),
        )?;
        let metadata: Value =
            serde_json::from_str(&metadata).context("cargo metadata is not JSON")?;
        let target = metadata["target_directory"]
            .as_str()
            .context("cargo metadata names no target directory")?;
        Ok(Self {
            root,
            target: target.into(),
        })
    }

    /// Cargo, run in the repository's root.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(cargo());
        command.current_dir(&self.root);
        // They describe the package `xtask`. Build scripts that depend on them would run again
        // whenever cargo is started alternately from here and from a shell.
        for (name, _) in env::vars_os() {
            let own = ["CARGO_PKG_", "CARGO_MANIFEST_"];
            if name
                .to_str()
                .is_some_and(|name| own.iter().any(|own| name.starts_with(own)))
            {
                command.env_remove(name);
            }
        }
        command
    }

    /// A folder in the build folder for files that are not cargo's.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.target.join("lastwill").join(name)
    }
}

/// The compiler that builds the game.
pub(crate) struct Compiler {
    /// Its release, as in `1.95.0`.
    pub(crate) release: String,
    /// The folder with its standard libraries.
    pub(crate) sysroot: PathBuf,
}

impl Compiler {
    /// Asks `rustc`.
    pub(crate) fn find() -> Result<Self> {
        let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let version = process::output(Command::new(&rustc).arg("-vV"))?;
        let release = version
            .lines()
            .find_map(|line| line.strip_prefix("release: "))
            .context("`rustc -vV` names no release")?
            .to_owned();
        let sysroot = process::output(Command::new(&rustc).args(["--print", "sysroot"]))?;
        Ok(Self {
            release,
            sysroot: sysroot.trim().into(),
        })
    }
}

/// The program that builds the workspace.
pub(crate) fn cargo() -> std::ffi::OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
