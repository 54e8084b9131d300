//! The sources of a workspace: the files that git tracks or would track, and the packages that
//! cargo knows.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::process;
use crate::workspace;

/// A workspace as read from disk.
pub(super) struct Sources {
    /// In the order of their paths.
    pub(super) files: Vec<File>,
    /// The members of the workspace.
    pub(super) packages: Vec<Package>,
}

/// One file.
pub(super) struct File {
    /// Relative to the root, with `/` between its parts.
    pub(super) path: String,
    /// The content of a Rust or Markdown file; empty for all others.
    pub(super) text: String,
}

/// One member of the workspace.
pub(super) struct Package {
    pub(super) name: String,
    /// Its folder, relative to the root.
    pub(super) folder: String,
    /// Names of its normal and build dependencies that are members of the workspace too.
    pub(super) dependencies: Vec<String>,
    /// The root files of its library and programs, relative to the workspace's root. Tests, benches
    /// and examples are left out.
    pub(super) roots: Vec<String>,
}

impl Sources {
    /// Reads the workspace in this folder.
    ///
    /// # Errors
    /// It is no git work tree or no cargo workspace, or a file cannot be read.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let root = root
            .canonicalize()
            .with_context(|| format!("cannot find {}", root.display()))?;
        let listed = process::output(
            Command::new("git")
                .args(["ls-files", "--cached", "--others", "--exclude-standard"])
                .current_dir(&root),
        )?;
        let mut files = Vec::new();
        for path in listed.lines() {
            let full = root.join(path);
            if !full.is_file() {
                continue;
            }
            let is_read = path.ends_with(".rs") || path.ends_with(".md");
            let text = if is_read {
                fs::read_to_string(&full).with_context(|| format!("cannot read {path}"))?
            } else {
                String::new()
            };
            let path = path.to_owned();
            files.push(File { path, text });
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let packages = packages(&root)?;
        Ok(Self { files, packages })
    }

    /// The file at this path, relative to the root.
    pub(super) fn file(&self, path: &str) -> Option<&File> {
        self.files
            .binary_search_by(|file| file.path.as_str().cmp(path))
            .ok()
            .map(|index| &self.files[index])
    }

    /// Whether a package of this name is a member.
    pub(super) fn has_package(&self, name: &str) -> bool {
        self.packages.iter().any(|package| package.name == name)
    }

    /// The package whose `src` folder holds this file.
    pub(super) fn package_of_src(&self, path: &str) -> Option<&Package> {
        self.packages
            .iter()
            .find(|package| path.starts_with(&format!("{}/src/", package.folder)))
    }
}

impl File {
    /// Whether it is Rust source.
    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The source above the inline unit tests, which end a file.
    pub(super) fn without_tests(&self) -> &str {
        let mut at = 0;
        let mut is_gated = false;
        for line in self.text.split_inclusive('\n') {
            let code = line.trim_end();
            if is_gated && code.starts_with("mod ") && code.ends_with('{') {
                return &self.text[..at];
            }
            is_gated = code.starts_with("#[cfg(test)]") || code.starts_with("#[cfg(all(test,");
            at += line.len();
        }
        &self.text
    }
}

fn packages(root: &Path) -> Result<Vec<Package>> {
    let metadata = process::output(
        Command::new(workspace::cargo())
            .args(["metadata", "--no-deps", "--format-version=1"])
            .current_dir(root),
    )?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata is not JSON")?;
    let packages = metadata["packages"].as_array();
    packages
        .context("cargo metadata lists no packages")?
        .iter()
        .map(|package| Package::parse(root, package).context("cargo metadata lacks a field"))
        .collect()
}

impl Package {
    fn parse(root: &Path, package: &Value) -> Option<Self> {
        let relative = |path: &Value| {
            let path = Path::new(path.as_str()?).strip_prefix(root).ok()?;
            Some(path.to_str()?.replace('\\', "/"))
        };
        let manifest = relative(&package["manifest_path"])?;
        let folder = manifest.strip_suffix("/Cargo.toml").unwrap_or("");
        let dependencies = package["dependencies"]
            .as_array()?
            .iter()
            .filter(|dependency| dependency["path"].is_string() && dependency["kind"] != "dev")
            .map(|dependency| Some(dependency["name"].as_str()?.to_owned()));
        let is_checked = |target: &&Value| {
            ["lib", "bin"]
                .iter()
                .any(|kind| target["kind"][0].as_str() == Some(kind))
        };
        let roots = package["targets"].as_array()?.iter().filter(is_checked);
        Some(Self {
            name: package["name"].as_str()?.to_owned(),
            folder: folder.to_owned(),
            dependencies: dependencies.collect::<Option<_>>()?,
            roots: roots
                .map(|target| relative(&target["src_path"]))
                .collect::<Option<_>>()?,
        })
    }
}
