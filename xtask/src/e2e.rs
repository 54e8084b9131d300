//! Builds what the browser tests in `e2e/` use, and runs them with Node's test runner.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, anyhow};

use crate::files::files;
use crate::packages;
use crate::process::{self, say};
use crate::web;
use crate::workspace::{self, Workspace};

/// Runs the tests that use the relay's embedded broker.
///
/// # Errors
/// A program is missing, or a test failed.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let web = build(workspace)?;
    play(workspace, "tests", &web, None)
}

/// Runs the tests that use an emulated AWS, which is a package of this Python.
///
/// # Errors
/// A program is missing, or a test failed.
pub(crate) fn run_on_aws(workspace: &Workspace, ministack: &Path) -> Result<()> {
    let web = build(workspace)?;
    play(workspace, "aws", &web, Some(ministack))
}

/// Builds the browser client, the relay and the native game; returns the folder of the browser
/// client.
fn build(workspace: &Workspace) -> Result<PathBuf> {
    packages::for_browser_tests()?;
    packages::node_modules(&workspace.root.join("e2e"))?;
    let web = web::build(workspace)?;
    // With the tests, so that crates that are compiled already are used.
    process::run(
        workspace
            .cargo()
            .arg("build")
            .args(workspace::EVERYTHING)
            .args(["--bins", "--tests"]),
    )?;
    Ok(web)
}

/// Runs the tests of a folder.
fn play(workspace: &Workspace, tests: &str, web: &Path, ministack: Option<&Path>) -> Result<()> {
    let folder = workspace.root.join("e2e");
    // Each file by name: releases of Node treat a folder differently.
    let tests = files(&folder.join(tests))?;
    let bin = workspace.target.join("debug");
    let pictures = workspace.folder("e2e");
    process::run(
        Command::new("node")
            .args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
            .args(tests)
            .current_dir(&folder)
            .env("LASTWILL_WEB", web)
            .env("LASTWILL_RELAY", bin.join("relay"))
            .env("LASTWILL_GAME", bin.join("game"))
            .env("LASTWILL_PICTURES", &pictures)
            .envs(ministack.map(|python| (packages::MINISTACK_VARIABLE, python))),
    )
    .map_err(|_| anyhow!("a browser test failed: see the report above"))?;
    say(format!("The pictures are in {}.", pictures.display()));
    Ok(())
}
