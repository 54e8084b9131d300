//! Each rule against a small workspace that violates it, and all rules against one that does not.

use std::fs;
use std::process::Command;

use super::sources::Sources;
use super::violations;

/// A workspace without violations: path and content of each file.
const CLEAN: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"shared/*\", \"headless\", \"relay\", \"game\"]\n",
    ),
    ("shared/rng/src/lib.rs", "//! Random numbers.\n"),
    (
        "shared/netcode/src/lib.rs",
        "//! Sessions.\nmod host;\nmod wire;\npub use host::Host;\n",
    ),
    (
        "shared/netcode/src/host.rs",
        "//! The host.\nuse crate::wire::Delta;\npub struct Host(Delta);\n",
    ),
    (
        "shared/netcode/src/wire.rs",
        "//! Messages.\npub struct Delta;\nfn encode() {\n    bincode::encode();\n}\n\
         #[cfg(test)]\nmod tests {\n    use crate::host::Host;\n}\n",
    ),
    (
        "shared/link/src/lib.rs",
        "//! Links.\n#[cfg(target_arch = \"wasm32\")]\nmod web {}\n",
    ),
    (
        "shared/protocol/src/lib.rs",
        "//! Contracts.\npub const NEWS: &str = \"lw/news\";\n",
    ),
    (
        "shared/arena/src/lib.rs",
        "//! The game's rules.\nuse netcode::Host;\n",
    ),
    (
        "headless/src/lib.rs",
        "//! Hosts without a screen.\nuse arena as _;\n",
    ),
    (
        "relay/src/lib.rs",
        "//! The server.\nuse protocol::NEWS;\n#[cfg(test)]\nmod tests {\n    const T: &str = \"lw/x\";\n}\n",
    ),
    (
        "relay/src/bin/relay/main.rs",
        "//! The program.\nuse headless as _;\nuse relay as _;\n",
    ),
    (
        "game/src/lib.rs",
        "//! The client.\nmod platform;\nmod stage;\nmod view;\nuse arena as _;\n",
    ),
    (
        "game/src/platform.rs",
        "//! The machine.\n#[cfg(target_arch = \"wasm32\")]\npub fn web() {}\npub struct Clock;\n",
    ),
    (
        "game/src/stage.rs",
        "//! What is shown.\nuse crate::platform::Clock;\n",
    ),
    ("game/src/view.rs", "//! Draws it.\nuse super::stage;\n"),
];

/// Each package's folder and the packages that it depends on.
const PACKAGES: &[(&str, &[&str])] = &[
    ("shared/rng", &[]),
    ("shared/netcode", &["shared/rng"]),
    ("shared/link", &[]),
    ("shared/protocol", &["shared/netcode"]),
    ("shared/arena", &["shared/netcode"]),
    ("headless", &["shared/arena"]),
    ("relay", &["shared/protocol", "headless"]),
    ("game", &["shared/arena"]),
];

fn manifest(folder: &str, dependencies: &[&str]) -> String {
    let name = |folder: &str| folder.rsplit('/').next().unwrap_or(folder).to_owned();
    let up = "../".repeat(folder.matches('/').count() + 1);
    let mut text = format!(
        "[package]\nname = \"{}\"\nedition = \"2024\"\n[dependencies]\n",
        name(folder)
    );
    for dependency in dependencies {
        text += &format!("{} = {{ path = \"{up}{dependency}\" }}\n", name(dependency));
    }
    text
}

/// The violations of the clean workspace after these files have been added or replaced.
fn violations_with(changes: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
        fs::write(path, text).expect("the file is written");
    };
    for (package, dependencies) in PACKAGES {
        write(
            &format!("{package}/Cargo.toml"),
            &manifest(package, dependencies),
        );
    }
    for (path, text) in CLEAN.iter().chain(changes) {
        write(path, text);
    }
    let status = Command::new("git")
        .args(["init", "--quiet"])
        .current_dir(folder.path())
        .status();
    assert!(status.expect("git runs").success());
    let sources = Sources::read(folder.path()).expect("the workspace is read");
    violations(&sources).expect("the sources are parsed")
}

/// Exactly one violation is found, and it begins and goes on like this.
#[track_caller]
fn check(changes: &[(&str, &str)], begins: &str, contains: &str) {
    let found = violations_with(changes);
    let [violation] = found.as_slice() else {
        panic!("expected one violation, found {found:#?}");
    };
    assert!(
        violation.starts_with(begins) && violation.contains(contains),
        "{violation}"
    );
}

#[test]
fn a_clean_workspace_has_no_violation() {
    assert_eq!(violations_with(&[]), [""; 0]);
}

#[test]
fn a_manifest_follows_the_table_of_crates() {
    let manifest = manifest("shared/netcode", &["shared/link"]);
    check(
        &[("shared/netcode/Cargo.toml", manifest.as_str())],
        "shared/netcode/Cargo.toml",
        "may not depend on `link`",
    );
}

#[test]
fn tests_may_use_every_crate() {
    let manifest =
        manifest("shared/netcode", &[]) + "[dev-dependencies]\nlink.path = \"../link\"\n";
    let test = "//! A test.\nuse link as _;\n";
    let found = violations_with(&[
        ("shared/netcode/Cargo.toml", &manifest),
        ("shared/netcode/tests/it/main.rs", test),
    ]);
    assert_eq!(found, [""; 0]);
}

#[test]
fn every_package_is_in_the_table_of_crates() {
    check(
        &[
            ("shared/extra/Cargo.toml", &manifest("shared/extra", &[])),
            ("shared/extra/src/lib.rs", "//! New.\n"),
        ],
        "shared/extra/Cargo.toml",
        "`extra` is missing in the table of crates",
    );
}

#[test]
fn the_relay_s_library_uses_no_crate_of_its_program() {
    for text in [
        "//! The server.\nuse headless::bots;\n",
        "//! The server.\nfn f() {\n    headless::run();\n}\n",
        "//! The server.\nfn f() {\n    println!(\"{}\", headless::NAME);\n}\n",
    ] {
        check(
            &[("relay/src/lib.rs", text)],
            "relay/src/lib.rs",
            "may not use `headless`",
        );
    }
}

#[test]
fn a_circle_of_modules_is_found() {
    let importing = |import: &str| format!("//! Messages.\n{import}\npub struct Delta;\n");
    for import in [
        "use crate::host::Host;",
        "use super::{host::Host};",
        // Re-exported by the parent.
        "use crate::Host;",
        "use super::Host;",
        "use crate as netcode;\nuse netcode::Host;",
        "fn f(host: crate::host::Host) {}",
        "fn f() {\n    assert!(super::host::CHECK);\n}",
        "mod inner {\n    use super::super::host::Host;\n}",
    ] {
        check(
            &[("shared/netcode/src/wire.rs", importing(import).as_str())],
            "shared/netcode/src/lib.rs",
            "circle of modules in {host, wire}",
        );
    }
}

#[test]
fn a_circle_of_modules_is_found_at_every_level() {
    check(
        &[
            (
                "shared/netcode/src/wire.rs",
                "//! Messages.\nmod part;\nmod whole;\npub use part::*;\npub struct Delta;\n",
            ),
            (
                "shared/netcode/src/wire/part.rs",
                "//! Parts.\nuse super::whole::Whole;\npub struct Part;\n",
            ),
            (
                "shared/netcode/src/wire/whole.rs",
                "//! Wholes.\nuse super::Part;\npub struct Whole;\n",
            ),
        ],
        "shared/netcode/src/lib.rs",
        "circle of modules in wire::{part, whole}",
    );
}

#[test]
fn a_module_may_use_its_parent_s_own_items() {
    let parent = "//! Messages.\nmod part;\npub use part::Part;\npub struct Delta;\n";
    let child = "//! Parts.\nuse super::Delta;\npub struct Part(Delta);\n";
    let found = violations_with(&[
        ("shared/netcode/src/wire.rs", parent),
        ("shared/netcode/src/wire/part.rs", child),
    ]);
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_module_of_the_game_uses_no_later_layer() {
    check(
        &[
            (
                "game/src/stage.rs",
                "//! What is shown.\nuse crate::view::Shape;\n",
            ),
            ("game/src/view.rs", "//! Draws it.\npub struct Shape;\n"),
        ],
        "game/src/stage.rs",
        "uses `view` of a later layer",
    );
}

#[test]
fn every_module_of_the_game_has_a_layer() {
    check(
        &[
            ("game/src/lib.rs", "//! The client.\nmod extra;\n"),
            ("game/src/extra.rs", "//! New.\n"),
        ],
        "game/src/extra.rs",
        "`extra` is missing in the table of layers",
    );
}

#[test]
fn a_topic_is_spelled_in_protocol_only() {
    let found = violations_with(&[(
        "relay/src/lib.rs",
        "//! lw/news is a topic.\nconst A: &str = \"lw/news\";\nfn f() {\n    format!(\"lw/{A}\");\n    r#\"lw/+\"#;\n}\n",
    )]);
    let lines: Vec<_> = found
        .iter()
        .map(|it| it.split(": topics are").next())
        .collect();
    let expected = [2, 4, 5].map(|line| format!("relay/src/lib.rs:{line}"));
    assert_eq!(
        lines,
        expected.each_ref().map(|it| Some(it.as_str())),
        "{found:#?}"
    );
}

#[test]
fn the_target_is_asked_for_in_platform_modules_only() {
    for code in [
        "#[cfg(target_arch = \"wasm32\")]\nfn f() {}",
        "#[cfg(not(target_arch = \"wasm32\"))]\nfn f() {}",
        "fn f() -> bool {\n    cfg!(target_arch = \"wasm32\")\n}",
    ] {
        check(
            &[("game/src/view.rs", &format!("//! Draws.\n{code}\n"))],
            "game/src/view.rs:",
            "`target_arch`",
        );
    }
    // Comments are free.
    assert_eq!(
        violations_with(&[("game/src/view.rs", "//! target_arch\n")]),
        [""; 0]
    );
}

#[test]
fn the_codec_is_used_in_the_wire_format_only() {
    check(
        &[(
            "shared/netcode/src/host.rs",
            "//! The host.\nuse bincode::encode;\n",
        )],
        "shared/netcode/src/host.rs:2",
        "`bincode`",
    );
}

#[test]
fn rules_on_single_files_apply() {
    check(
        &[("game/src/view.rs", "use super::stage;\n")],
        "game/src/view.rs",
        "begin with `//!`",
    );
}
