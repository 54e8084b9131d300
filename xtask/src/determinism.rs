//! Checks that the arena computes the same on every target: the same seeded match, native in debug
//! and in release and as WebAssembly in Node, must end in the same checksum.
//!
//! The match is `shared/arena/examples/drill.rs`.

use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::process::{self, say};
use crate::wasm_std;
use crate::wasm_test;
use crate::web;
use crate::workspace::{self, Workspace};

/// About five and a half minutes.
const TICKS: &str = "20000";

/// Instantiates the module with imports that only throw: the arena calls none of them.
const NODE_HOST: &str = r#"
const [file, ticks] = process.argv.slice(1);
const module = new WebAssembly.Module(require("fs").readFileSync(file));
const imports = {};
for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
  if (kind !== "function") throw new Error(`the module imports a ${kind}`);
  (imports[from] ??= {})[name] = () => { throw new Error(`the arena called ${from}.${name}`); };
}
const { exports } = new WebAssembly.Instance(module, imports);
const checksum = exports.drill_checksum(Number(ticks)) >>> 0;
console.log(checksum.toString(16).padStart(8, "0"));
"#;

/// Builds and runs the match for each target, and compares the checksums.
///
/// # Errors
/// Two targets differ.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let example = ["--example", "drill"];
    // The whole workspace's features: those that the tests are compiled with.
    process::run(
        workspace
            .cargo()
            .arg("build")
            .args(workspace::EVERYTHING)
            .args(example),
    )?;
    process::run(
        workspace
            .cargo()
            .args(["build", "--release", "--package", "arena"])
            .args(example),
    )?;
    process::run(
        wasm_std::ensure(workspace)?
            .cargo(workspace, "build")
            .args(["--package", "arena", "--profile", web::PROFILE])
            .args(example),
    )?;

    let native = |profile: &str| {
        let program = workspace.target.join(profile).join("examples/drill");
        process::output(Command::new(program).arg(TICKS))
    };
    let module = workspace
        .target
        .join(wasm_std::TARGET)
        .join(web::PROFILE)
        .join("examples/drill.wasm");
    let results = [
        ("native, debug", native("debug")?),
        ("native, release", native("release")?),
        (
            "WebAssembly",
            process::output(
                Command::new("node")
                    .args(["--eval", NODE_HOST, "--"])
                    .arg(module)
                    .arg(TICKS),
            )
            .context("Node failed to run the match")?,
        ),
    ];
    for (target, checksum) in &results {
        say(format!(
            "{target:<16} {} after {TICKS} ticks",
            checksum.trim()
        ));
    }
    if results
        .iter()
        .any(|(_, checksum)| checksum != &results[0].1)
    {
        bail!("the arena computes differently on different targets");
    }
    wasm_test::run(workspace, "netcode")
}
