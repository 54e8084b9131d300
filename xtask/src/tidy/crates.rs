//! Which crate of the workspace may use which.
//!
//! A manifest alone cannot say it for the relay: its program needs what its library must not use.
//! Tests, benches and examples may use everything.

use super::modules::ModuleTree;
use super::sources::{Package, Sources};

/// What each crate may use of ours. Every crate may use [`EVERYWHERE`].
const ALLOWED: &[(&str, &[&str])] = &[
    ("rng", &[]),
    ("netcode", &[]),
    ("link", &[]),
    ("protocol", &["netcode"]),
    ("arena", &["netcode"]),
    ("client", &["link", "netcode", "protocol"]),
    ("recording", &["link", "netcode", "protocol"]),
    (
        "headless",
        &[
            "arena",
            "client",
            "link",
            "netcode",
            "protocol",
            "recording",
        ],
    ),
    (
        "relay",
        &["client", "headless", "link", "netcode", "protocol"],
    ),
    (
        "game",
        &[
            "arena",
            "client",
            "link",
            "netcode",
            "protocol",
            "recording",
        ],
    ),
    (
        "benches",
        &[
            "arena",
            "client",
            "headless",
            "link",
            "netcode",
            "protocol",
            "recording",
            "relay",
        ],
    ),
    ("examples", &["netcode"]),
    (
        "relay-testing",
        &[
            "arena",
            "client",
            "headless",
            "link",
            "netcode",
            "protocol",
            "recording",
            "relay",
        ],
    ),
    (
        "fuzz",
        &["arena", "link", "netcode", "protocol", "recording"],
    ),
    ("xtask", &[]),
];

/// Crates that every other one may use.
const EVERYWHERE: [&str; 1] = ["rng"];

/// Folders whose sources may use less than their package.
const NARROWER: &[(&str, &[&str])] = &[("relay/src/", &["link", "netcode", "protocol"])];

/// Folders inside of those of [`NARROWER`] that may use what the package may, and the package's
/// library.
const PROGRAMS: [&str; 1] = ["relay/src/bin/"];

/// Violations in the manifests.
pub(super) fn check_manifests(sources: &Sources) -> Vec<String> {
    let mut violations = Vec::new();
    for package in &sources.packages {
        let manifest = format!("{}/Cargo.toml", package.folder);
        let Some(allowed) = allowed(&package.name) else {
            violations.push(format!(
                "{manifest}: `{}` is missing in the table of crates of `cargo xtask tidy`",
                package.name
            ));
            continue;
        };
        for dependency in &package.dependencies {
            if !is_allowed(allowed, dependency) {
                violations.push(format!(
                    "{manifest}: `{}` may not depend on `{dependency}`",
                    package.name
                ));
            }
        }
    }
    violations
}

/// Violations in the sources of a library or a program.
pub(super) fn check_paths(sources: &Sources, package: &Package, tree: &ModuleTree) -> Vec<String> {
    let mut violations = Vec::new();
    for module in &tree.modules {
        let file = &module.file;
        let is_program = PROGRAMS.iter().any(|folder| file.starts_with(folder));
        let narrower = NARROWER
            .iter()
            .find(|(folder, _)| file.starts_with(folder) && !is_program)
            .map(|(_, allowed)| *allowed);
        let Some(allowed) = narrower.or_else(|| allowed(&package.name)) else {
            // The manifest's violation says it.
            continue;
        };
        for (name, path) in tree.crates(module) {
            if sources.has_package(name) && name != package.name && !is_allowed(allowed, name) {
                violations.push(format!("{file}: may not use `{name}` (`{path}`)"));
            }
        }
    }
    violations
}

fn allowed(package: &str) -> Option<&'static [&'static str]> {
    let row = ALLOWED.iter().find(|(name, _)| *name == package);
    row.map(|(_, allowed)| *allowed)
}

fn is_allowed(allowed: &[&str], name: &str) -> bool {
    allowed.contains(&name) || EVERYWHERE.contains(&name)
}
