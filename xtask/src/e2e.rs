//! Starts the browser tests of `e2e/`: builds what they use, then hands over to Node's test runner.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, anyhow};

use crate::files::files;
use crate::packages;
use crate::process::{self, say};
use crate::web;
use crate::workspace::{self, Workspace};

/// Plays matches on the relay's own broker.
///
/// # Errors
/// A program is missing, or a test failed.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let web = build(workspace)?;
    play(workspace, "tests", &web, None)
}

/// Plays matches on a double of AWS, which this Python holds.
///
/// # Errors
/// A program is missing, or a test failed.
pub(crate) fn run_on_aws(workspace: &Workspace, ministack: &Path) -> Result<()> {
    let web = build(workspace)?;
    play(workspace, "aws", &web, Some(ministack))
}

/// Builds the client, the relay and the native game; yields the folder of the browser's.
fn build(workspace: &Workspace) -> Result<PathBuf> {
    packages::for_browser_tests()?;
    packages::node_modules(&workspace.root.join("e2e"))?;
    let web = web::build(workspace)?;
    // With the tests, so that the crates are those that the tests were compiled with.
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
    // Named one by one: releases of Node differ in what a folder means.
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
    .map_err(|_| anyhow!("a browser test failed: its report is above"))?;
    say(format!("Pictures of it are in {}.", pictures.display()));
    Ok(())
}
