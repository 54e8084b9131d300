//! Runs the unit and integration tests of a crate as WebAssembly, in Node.
//!
//! The target has no arguments and no output: a test that fails traps, and Node's stack trace names
//! its function.
//!
//! Non-goals: documentation tests, and crates whose tests need a browser.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::process::{self, say};
use crate::wasm_std::{self, WasmStd};
use crate::workspace::Workspace;

/// Calls the module's `main`. The module must import nothing.
const NODE_HOST: &str = r#"
Error.stackTraceLimit = 50;
const [file] = process.argv.slice(1);
const module = new WebAssembly.Module(require("fs").readFileSync(file));
const { exports } = new WebAssembly.Instance(module, {});
process.exitCode = exports.main(0, 0);
"#;

/// Builds and runs the tests of `package`.
///
/// # Errors
/// A test fails.
pub(crate) fn run(workspace: &Workspace, package: &str) -> Result<()> {
    let modules = build(workspace, wasm_std::ensure(workspace)?, package)?;
    ensure!(!modules.is_empty(), "cargo built no tests of {package}");
    for module in modules {
        process::run(Command::new("node").args(["--eval", NODE_HOST, "--", &module]))
            .with_context(|| format!("a test of {package} failed in Node"))?;
    }
    say(format!("WebAssembly      the tests of {package} pass"));
    Ok(())
}

/// Builds the tests and returns the paths of their modules.
fn build(workspace: &Workspace, std: WasmStd, package: &str) -> Result<Vec<String>> {
    let mut cargo = std.cargo(workspace, "test");
    if std == WasmStd::Source {
        // With the test harness. Of repeated options the last one counts.
        cargo.arg("-Zbuild-std=std,panic_abort,test");
    }
    let messages = process::output(
        cargo
            .args(["--package", package, "--lib", "--tests", "--no-run"])
            .arg("--message-format=json-render-diagnostics"),
    )?;
    let mut modules = Vec::new();
    for line in messages.lines() {
        let message: serde_json::Value =
            serde_json::from_str(line).context("cargo's message is not JSON")?;
        if let Some(module) = message["executable"].as_str() {
            modules.push(module.to_owned());
        }
    }
    Ok(modules)
}
