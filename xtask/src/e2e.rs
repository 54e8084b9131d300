//! Starts the browser tests of `e2e/`: builds what they use, then hands over to Node's test runner.

use std::process::Command;

use anyhow::{Result, anyhow};

use crate::packages;
use crate::process::{self, say};
use crate::web;
use crate::workspace::Workspace;

/// Builds the client, the relay and the native game, then plays.
///
/// # Errors
/// A program is missing, or a test failed.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let folder = workspace.root.join("e2e");
    packages::for_browser_tests()?;
    packages::node_modules(&folder)?;
    let web = web::build(workspace)?;
    // With the tests, so that the crates are those that the tests were compiled with.
    process::run(
        workspace
            .cargo()
            .args(["build", "--workspace", "--bins", "--tests"]),
    )?;
    // Named one by one: releases of Node differ in what a folder means.
    let tests = web::files(&folder.join("tests"))?;
    let bin = workspace.target.join("debug");
    let pictures = workspace.folder("e2e");
    process::run(
        Command::new("node")
            .args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
            .args(tests)
            .current_dir(&folder)
            .env("LASTWILL_WEB", &web)
            .env("LASTWILL_RELAY", bin.join("relay"))
            .env("LASTWILL_GAME", bin.join("game"))
            .env("LASTWILL_PICTURES", &pictures),
    )
    .map_err(|_| anyhow!("a browser test failed: its report is above"))?;
    say(format!("Pictures of it are in {}.", pictures.display()));
    Ok(())
}
