//! Runs the benches of the latency-critical path.
//!
//! What follows `--` is criterion's.

use anyhow::Result;
use clap::Args;

use crate::process;
use crate::workspace::Workspace;

/// Which benches.
#[derive(Args)]
pub(crate) struct Options {
    /// Measure whole matches in simulated time, instead: accuracy and cost.
    #[arg(long)]
    scenarios: bool,
    /// Arguments of criterion, such as a filter.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Runs them.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.scenarios {
        let scenarios = ["--package", "benches", "--bin", "scenarios"];
        return process::run(workspace.cargo().args(["run", "--release"]).args(scenarios));
    }
    process::run(
        workspace
            .cargo()
            .args(["bench", "--package", "benches", "--"])
            .args(&options.arguments),
    )
}
