//! Runs the benchmarks of the latency-critical path.
//!
//! Arguments after `--` are passed to criterion.

use anyhow::Result;
use clap::Args;

use crate::process;
use crate::workspace::Workspace;

/// Which benchmarks to run.
#[derive(Args)]
pub(crate) struct Options {
    /// Measure the accuracy and cost of whole matches in simulated time instead.
    #[arg(long)]
    scenarios: bool,
    /// Arguments for criterion, such as a filter.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Runs the benchmarks.
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
