//! Checks the house rules that no lint covers: headings, names, imports between crates and modules,
//! and code that may stand in a few places only.
//!
//! Non-goals: formatting and everything that clippy checks.

mod circles;
mod confined;
mod crates;
mod layers;
mod modules;
mod names;
mod paths;
mod report;
mod sources;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use crate::process::say;
use crate::workspace::Workspace;

use modules::ModuleTree;
use sources::Sources;

/// What to check.
#[derive(Args)]
pub(crate) struct Options {
    /// Prints numbers about the sources instead of checking the rules.
    #[arg(long)]
    report: bool,
    /// The workspace to read, if not this one.
    #[arg(long)]
    root: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// Lists every violation.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let root = options.root.as_deref().unwrap_or(&workspace.root);
    let sources = Sources::read(root)?;
    if options.report {
        report::lines(&sources)?.iter().for_each(say);
        return Ok(());
    }
    fail_on(&violations(&sources)?)
}

/// Checks the sources of the workspace.
///
/// # Errors
/// Lists every violation.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    fail_on(&violations(&Sources::read(&workspace.root)?)?)
}

fn fail_on(violations: &[String]) -> Result<()> {
    if violations.is_empty() {
        return Ok(());
    }
    violations.iter().for_each(say);
    bail!("{} violations of the house rules", violations.len())
}

/// One line for each violation, beginning with the path of the file or package.
fn violations(sources: &Sources) -> Result<Vec<String>> {
    let mut violations = Vec::new();
    for file in &sources.files {
        violations.extend(names::check(file));
        violations.extend(confined::check(sources, file)?);
    }
    violations.extend(crates::check_manifests(sources));
    for package in &sources.packages {
        for root in &package.roots {
            let tree = ModuleTree::read(sources, root)?;
            violations.extend(crates::check_paths(sources, package, &tree));
            violations.extend(circles::check(&tree));
            if package.name == layers::PACKAGE {
                violations.extend(layers::check(&tree));
            }
        }
    }
    violations.sort();
    violations.dedup();
    Ok(violations)
}
