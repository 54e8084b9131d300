//! Gets what the tests need beyond Rust: Debian packages, Node modules and a double of AWS.
//!
//! Only root installs packages; anybody else is told the one command to run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::process::{self, say};

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

/// The variable that tells tests of the Python that holds ministack.
pub(crate) const MINISTACK_VARIABLE: &str = "LASTWILL_MINISTACK";

/// On PyPI: ministack, a local double of AWS; what it needs to deploy a template of AWS's Serverless
/// Application Model; and what checks such a template.
const FOR_AWS_TESTS: [&str; 3] = [
    "ministack==1.5.33",
    "aws-sam-translator==1.115.0",
    "cfn-lint==1.58.0",
];

/// Makes sure of the browser tests' programs and libraries.
///
/// # Errors
/// Names the command to run.
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

/// Makes sure of the compiler that the cluster's messages are built with.
///
/// # Errors
/// Names the command to run.
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

/// Makes sure of a folder's Node modules, exactly those of its lockfile.
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
    let changed = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified());
    if let (Ok(wanted), Ok(have)) = (changed(&lockfile), changed(&installed))
        && have >= wanted
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

/// Makes sure of the AWS tests' Python packages in an environment of their own; yields its Python.
///
/// # Errors
/// Python is missing, or the registry cannot be reached.
pub(crate) fn for_aws_tests(folder: &Path) -> Result<PathBuf> {
    let python = folder.join("bin/python");
    let stamp = folder.join("installed");
    let wanted = FOR_AWS_TESTS.join("\n");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    if process::find("python3").is_none() {
        bail!("the AWS tests need Python 3.10 or newer: install python3 and start again");
    }
    say(format!(
        "Installing from PyPI: {} …",
        FOR_AWS_TESTS.join(" ")
    ));
    process::output(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(folder),
    )
    .context("the AWS tests need a Python environment: install python3-venv and start again")?;
    process::output(
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(FOR_AWS_TESTS),
    )?;
    fs::write(&stamp, wanted)?;
    Ok(python)
}
