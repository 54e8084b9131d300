//! Rules on code that may stand in a few places only: questions about the target, the binary codec
//! and names of topics.

use anyhow::{Result, anyhow};
use proc_macro2::{TokenStream, TokenTree};

use super::paths;
use super::sources::{File, Sources};

/// The sources that may ask which target they are compiled for.
const TARGET_AWARE: [&str; 3] = ["shared/link/", "game/src/platform", "xtask/"];

/// The sources that may use `bincode`.
const CODEC_AWARE: [&str; 3] = ["shared/netcode/src/wire", "benches/", "xtask/"];

/// The package that may spell topics.
const TOPIC_AWARE: &str = "protocol";

/// What every topic of ours begins with.
const TOPIC_PREFIX: &str = "lw/";

/// Violations of one file.
///
/// # Errors
/// The file is no Rust source.
pub(super) fn check(sources: &Sources, file: &File) -> Result<Vec<String>> {
    if !file.is_rust() {
        return Ok(Vec::new());
    }
    let path = &file.path;
    let is_in = |folders: &[&str]| folders.iter().any(|folder| path.starts_with(folder));
    let mut violations = Vec::new();
    for found in paths::in_tokens(tokens(path, &file.text)?) {
        let line = found.line;
        if found.segments == ["target_arch"] && !is_in(&TARGET_AWARE) {
            violations.push(format!(
                "{path}:{line}: `target_arch` belongs into a platform module"
            ));
        }
        if found.segments.len() > 1 && found.segments[0] == "bincode" && !is_in(&CODEC_AWARE) {
            violations.push(format!(
                "{path}:{line}: `bincode` is used through `netcode::wire` only"
            ));
        }
    }
    let may_spell_topics = sources
        .package_of_src(path)
        .is_none_or(|package| [TOPIC_AWARE, "xtask"].contains(&package.name.as_str()));
    if !may_spell_topics {
        let mut lines = Vec::new();
        topics(tokens(path, file.without_tests())?, &mut lines);
        violations.extend(lines.into_iter().map(|line| {
            format!("{path}:{line}: topics are spelled in the package `{TOPIC_AWARE}` only")
        }));
    }
    Ok(violations)
}

fn tokens(path: &str, text: &str) -> Result<TokenStream> {
    text.parse()
        .map_err(|error| anyhow!("{path} is no Rust source: {error}"))
}

/// The lines of the string literals that begin as a topic does.
fn topics(tokens: TokenStream, lines: &mut Vec<usize>) {
    for tree in tokens {
        match tree {
            TokenTree::Group(group) => topics(group.stream(), lines),
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                let content = text.trim_start_matches(['b', 'c', 'r', '#', '"']);
                if text.contains('"') && content.starts_with(TOPIC_PREFIX) {
                    lines.push(literal.span().start().line);
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}
