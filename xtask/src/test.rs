//! Checks everything that is checked before a change is taken, step by step.
//!
//! The steps are ordered so that what fails fastest comes first, and they share compiled crates:
//! the same features and profiles throughout.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use clap::{Args, ValueEnum};

use crate::process::{self, say};
use crate::workspace::{self, Workspace};
use crate::{cluster, determinism, e2e, packages, tidy, wasm_std, web};

/// What to check.
#[derive(Args)]
pub(crate) struct Options {
    /// Only this step; may be given more than once.
    #[arg(long, value_enum)]
    only: Vec<Step>,
}

/// One step of the whole check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// The house rules that no lint knows.
    Tidy,
    /// Formatting.
    Format,
    /// Lints of every crate, for this machine.
    Lint,
    /// Lints of the game and what it shares, for the browser.
    LintWeb,
    /// Unit, integration and documentation tests.
    Test,
    /// The browser client is built.
    Web,
    /// The template for AWS, and matches there, on a local double: pilots without a screen, then a
    /// page and a native client.
    Aws,
    /// Matches on a cluster of three brokers. Only when asked for: a cluster of somebody else's
    /// takes long to compile, and loses a message now and then.
    Cluster,
    /// The arena computes the same on every target.
    Determinism,
    /// Real pages play a match.
    Browser,
}

impl Step {
    fn run(self, workspace: &Workspace) -> Result<()> {
        match self {
            Self::Tidy => tidy::check(workspace),
            Self::Format => {
                process::run(workspace.cargo().args(["fmt", "--all", "--check"]))?;
                process::run(workspace.cargo().args([
                    "fmt",
                    "--check",
                    "--manifest-path",
                    "cluster/Cargo.toml",
                ]))
            }
            Self::Lint => lint(workspace),
            Self::LintWeb => process::run(
                wasm_std::ensure(workspace)?
                    .cargo(workspace, "clippy")
                    .args(["--package", "shared", "--package", "game"])
                    .args(["--", "--deny", "warnings"]),
            ),
            Self::Test => process::run(
                workspace
                    .cargo()
                    .arg("test")
                    .args(workspace::EVERYTHING)
                    .env(packages::MINISTACK_VARIABLE, ministack(workspace)?),
            ),
            Self::Cluster => cluster::test(workspace),
            Self::Web => web::build(workspace).map(drop),
            Self::Aws => aws(workspace),
            Self::Determinism => determinism::check(workspace),
            Self::Browser => e2e::run(workspace),
        }
    }

    fn name(self) -> String {
        self.to_possible_value()
            .map_or_else(|| format!("{self:?}"), |value| value.get_name().to_owned())
    }
}

/// Everything, what plain `cargo test` leaves out, and the relay without what is optional.
fn lint(workspace: &Workspace) -> Result<()> {
    let everything = &workspace::EVERYTHING[..];
    for (selection, targets) in [
        (everything, &["--all-targets"][..]),
        (everything, &["--test", "cluster"]),
        (&["--package", "relay"], &["--all-targets"]),
    ] {
        process::run(
            workspace
                .cargo()
                .arg("clippy")
                .args(selection)
                .args(targets)
                .args(["--", "--deny", "warnings"]),
        )?;
    }
    Ok(())
}

fn aws(workspace: &Workspace) -> Result<()> {
    let ministack = ministack(workspace)?;
    process::run(
        Command::new(ministack.with_file_name("cfn-lint"))
            .arg("relay/deploy/template.yaml")
            .current_dir(&workspace.root),
    )?;
    process::run(
        workspace
            .cargo()
            .arg("test")
            .args(workspace::EVERYTHING)
            .args(["--test", "aws"])
            .env(packages::MINISTACK_VARIABLE, &ministack),
    )?;
    e2e::run_on_aws(workspace, &ministack)
}

fn ministack(workspace: &Workspace) -> Result<PathBuf> {
    packages::for_aws_tests(&workspace.folder("python"))
}

/// Runs the steps until one fails.
///
/// # Errors
/// Names the step that failed.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let steps: Vec<_> = Step::value_variants()
        .iter()
        .copied()
        .filter(|step| match options.only.as_slice() {
            [] => *step != Step::Cluster,
            only => only.contains(step),
        })
        .collect();
    let mut done = Vec::new();
    let mut failure = None;
    for (index, &step) in steps.iter().enumerate() {
        say(heading(&format!(
            "[{}/{}] {}",
            index + 1,
            steps.len(),
            step.name()
        )));
        let started = Instant::now();
        let result = step.run(workspace);
        done.push((step, started.elapsed(), result.is_ok()));
        if let Err(error) = result {
            failure = Some(error.context(anyhow!(
                "{} failed; `cargo xtask test --only {}` runs it alone",
                step.name(),
                step.name()
            )));
            break;
        }
    }
    summarise(&done, steps.len());
    failure.map_or(Ok(()), Err)
}

fn heading(text: &str) -> String {
    if std::io::stdout().is_terminal() {
        format!("\n\u{1b}[1m{text}\u{1b}[0m")
    } else {
        format!("\n{text}")
    }
}

fn summarise(done: &[(Step, Duration, bool)], steps: usize) {
    say("");
    for (step, duration, passed) in done {
        say(format!(
            "{:<12} {:>6.1} s  {}",
            step.name(),
            duration.as_secs_f32(),
            if *passed { "passed" } else { "FAILED" }
        ));
    }
    let total: Duration = done.iter().map(|(_, duration, _)| *duration).sum();
    say(format!(
        "{:<12} {:>6.1} s  {} of {steps} steps",
        "total",
        total.as_secs_f32(),
        done.len()
    ));
}
