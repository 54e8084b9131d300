//! Checks the house rules that no lint knows: captions, names, and what may stand where.
//!
//! It reads sources as text, line by line; it understands no Rust.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::process::{self, say};
use crate::workspace::Workspace;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 4] = ["utils", "common", "manager", "helper"];

/// The only sources that may ask which target they are compiled for.
const TARGET_AWARE: [&str; 3] = ["shared/src/transport", "game/src/platform", "xtask/"];

/// The only sources that may name the codec.
const CODEC_AWARE: [&str; 3] = ["shared/src/wire", "benches/", "xtask/"];

/// Checks every source that git knows or would take.
///
/// # Errors
/// Lists every violation.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let listed = process::output(
        std::process::Command::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard"])
            .current_dir(&workspace.root),
    )?;
    let mut violations = Vec::new();
    for path in listed.lines() {
        let file = workspace.root.join(path);
        if !file.is_file() {
            continue;
        }
        violations.extend(name_violations(path));
        if path.ends_with(".rs") {
            let text = fs::read_to_string(&file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            violations.extend(text_violations(path, &text));
        }
    }
    if violations.is_empty() {
        return Ok(());
    }
    for violation in &violations {
        say(violation);
    }
    bail!("{} house rules are broken", violations.len())
}

fn name_violations(path: &str) -> Vec<String> {
    let mut violations = Vec::new();
    if path.ends_with("/mod.rs") {
        violations.push(format!("{path}: name the file after its module"));
    }
    let path_buf = PathBuf::from(path);
    for name in EMPTY_NAMES {
        let empty = path_buf
            .iter()
            .map(|part| Path::new(part).file_stem().unwrap_or(part))
            .any(|stem| stem == name || stem == name.trim_end_matches('s'));
        if empty {
            violations.push(format!("{path}: `{name}` says nothing; name what it does"));
        }
    }
    violations
}

fn text_violations(path: &str, text: &str) -> Vec<String> {
    let mut violations = Vec::new();
    // A test binary's modules have their captions where they are declared.
    let captioned_elsewhere = path.contains("/tests/") && !path.ends_with("/main.rs");
    if !text.starts_with("//!") && !captioned_elsewhere {
        violations.push(format!("{path}: open with `//!` and say what it is for"));
    }
    let allowed = |folders: &[&str]| folders.iter().any(|folder| path.starts_with(folder));
    for (index, line) in text.lines().enumerate() {
        let at = format!("{path}:{}", index + 1);
        if line.contains("target_arch") && !allowed(&TARGET_AWARE) {
            violations.push(format!(
                "{at}: ask for the target in a platform module only"
            ));
        }
        if line.contains("bincode::") && !allowed(&CODEC_AWARE) {
            violations.push(format!("{at}: use the codec through `shared::wire` only"));
        }
        for mark in ["TODO", "FIXME", "XXX"] {
            if line.contains(mark) && !path.starts_with("xtask/") {
                violations.push(format!("{at}: {mark}: do it or drop it"));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::{name_violations, text_violations};

    #[track_caller]
    fn check(path: &str, text: &str, expected: usize) {
        let found = [name_violations(path), text_violations(path, text)].concat();
        assert_eq!(found.len(), expected, "{found:?}");
    }

    #[test]
    fn each_rule_is_checked() {
        check("shared/src/sim.rs", "//! The arena.\n", 0);
        check("shared/src/sim.rs", "use core::fmt;\n", 1);
        check("relay/tests/it/main.rs", "mod rights;\n", 1);
        check("relay/tests/it/rights.rs", "use relay::serve;\n", 0);
        check("relay/tests/aws/scope.rs", "use relay::serve;\n", 0);
        check("shared/src/sim/mod.rs", "//! The arena.\n", 1);
        check("relay/src/utils.rs", "//! Odds and ends.\n", 1);
        check("relay/src/utils/time.rs", "//! Odds and ends.\n", 1);
        check("relay/src/api.rs", "//! A\n// TODO later\n", 1);
        check("relay/src/api.rs", "//! A\nuse bincode::encode;\n", 1);
        check(
            "shared/src/wire/message.rs",
            "//! A\nuse bincode::encode;\n",
            0,
        );
        check(
            "game/src/view.rs",
            "//! A\n#[cfg(target_arch = \"wasm32\")]\n",
            1,
        );
        check("game/src/platform/web.rs", "//! A\n// target_arch\n", 0);
    }
}
