//! Runs the fuzz targets of the package `fuzz` on the stable compiler.
//!
//! Non-goals: coverage-guided fuzzing, which is `cargo fuzz run --features libfuzzer`.

use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::process;
use crate::workspace::{self, Workspace};

/// How long to run in `cargo xtask test`, in seconds for each target.
const SHORT: u64 = 30;

/// What to run, and for how long.
#[derive(Args)]
pub(crate) struct Options {
    /// Seconds for each target.
    #[arg(long, default_value_t = SHORT)]
    seconds: u64,
    /// Only this target; may be given more than once.
    #[arg(long)]
    target: Vec<String>,
    /// Of the generator that chooses the mutations.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seconds: SHORT,
            target: Vec::new(),
            seed: 1,
        }
    }
}

/// Builds and runs the targets, with debug assertions and overflow checks.
///
/// # Errors
/// Something does not compile, or a target fails; its input is kept in `fuzz/artifacts`.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    // With the features of the whole workspace: those that the tests are compiled with.
    process::run(
        workspace
            .cargo()
            .arg("build")
            .args(workspace::EVERYTHING)
            .args(["--bin", "fuzz"]),
    )?;
    let mut fuzz = Command::new(workspace.target.join("debug/fuzz"));
    fuzz.args(["--seconds", &options.seconds.to_string()])
        .args(["--seed", &options.seed.to_string()]);
    for target in &options.target {
        fuzz.args(["--target", target]);
    }
    process::run(&mut fuzz)
}
