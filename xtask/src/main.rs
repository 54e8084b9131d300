//! The developer commands of Last Will: `cargo xtask play | test | web | bench | tidy | setup`.
//!
//! Each command is one module; each says in words what it does and how far it is.
//! Nothing here is part of the game, and nothing here depends on the other crates.

mod debian;
mod process;
mod wasm_std;
mod workspace;

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
    /// Gets what the browser build needs and this machine lacks.
    Setup,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let workspace = Workspace::find()?;
    match args.command {
        Command::Setup => {
            wasm_std::ensure(&workspace)?;
            Ok(())
        }
    }
}
