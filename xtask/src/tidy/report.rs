//! Numbers about the sources, to compare one state of the repository with another.

use anyhow::Result;

use super::circles;
use super::modules::ModuleTree;
use super::sources::{File, Sources};

/// Files of more lines are listed.
const LONG: usize = 300;

/// Words after the fence of a documentation example that is compiled.
const COMPILED: [&str; 5] = [
    "rust",
    "no_run",
    "should_panic",
    "compile_fail",
    "edition2024",
];

/// The report, line by line.
///
/// # Errors
/// A file is no Rust source.
pub(super) fn lines(sources: &Sources) -> Result<Vec<String>> {
    let mut lines = Vec::new();

    let rust: Vec<_> = sources.files.iter().filter(|file| file.is_rust()).collect();
    let length = |file: &File| file.text.lines().count();
    let mut long: Vec<_> = rust
        .iter()
        .map(|file| (length(file), file.path.as_str()))
        .filter(|(lines, _)| *lines > LONG)
        .collect();
    long.sort_unstable_by(|a, b| b.cmp(a));
    lines.push(format!(
        "Rust files: {}, of more than {LONG} lines: {}",
        rust.len(),
        long.len()
    ));
    lines.extend(
        long.iter()
            .map(|(length, path)| format!("  {length:>5} {path}")),
    );

    lines.push("Circles of modules:".to_owned());
    for package in &sources.packages {
        let (mut circles, mut modules) = (Vec::new(), 0);
        for root in &package.roots {
            let tree = ModuleTree::read(sources, root)?;
            for circle in circles::find(&tree) {
                modules += circle.members.len();
                circles.push(circle.members.join(" "));
            }
        }
        lines.push(format!(
            "  {:<12} {} circles of {modules} modules",
            package.name,
            circles.len()
        ));
        lines.extend(circles.iter().map(|circle| format!("      {circle}")));
    }

    let readme = sources.file("README.md").map_or(0, length);
    lines.push(format!("README.md: {readme} lines"));
    let examples: usize = rust
        .iter()
        .filter(|file| !file.path.contains("/tests/"))
        .map(|file| examples(sources, file))
        .sum();
    lines.push(format!("Compiled documentation examples: {examples}"));
    Ok(lines)
}

/// Examples in the documentation of a file, and of Markdown that it includes as documentation.
fn examples(sources: &Sources, file: &File) -> usize {
    let documentation = file.text.lines().filter_map(|line| {
        let line = line.trim_start();
        line.strip_prefix("///").or(line.strip_prefix("//!"))
    });
    let included = file.text.lines().filter_map(|line| {
        line.split_once("doc = include_str!(\"")?
            .1
            .split('"')
            .next()
    });
    let included = included.filter_map(|name| {
        let folder = file.path.rsplit_once('/')?.0;
        sources.file(&join(folder, name))
    });
    fences(documentation)
        + included
            .map(|file| fences(file.text.lines()))
            .sum::<usize>()
}

/// The path of a file as another one in `folder` names it.
fn join(folder: &str, name: &str) -> String {
    let mut parts: Vec<_> = folder.split('/').collect();
    for part in name.split('/') {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

/// Fenced blocks of Rust that are compiled.
fn fences<'a>(lines: impl Iterator<Item = &'a str>) -> usize {
    let mut is_open = false;
    let mut compiled = 0;
    for info in lines.filter_map(|line| line.trim().strip_prefix("```")) {
        is_open = !is_open;
        let mut words = info
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty());
        if is_open && words.all(|word| COMPILED.contains(&word)) {
            compiled += 1;
        }
    }
    compiled
}

#[cfg(test)]
mod tests {
    use super::{fences, join};

    #[test]
    fn only_compiled_examples_count() {
        let text =
            "```\nlet a = 1;\n```\n```text\nx\n```\n```rust,no_run\nf();\n```\n```ignore\n```";
        assert_eq!(fences(text.lines()), 2);
    }

    #[test]
    fn included_files_are_found_beside_their_source() {
        assert_eq!(join("netcode/src", "../guide.md"), "netcode/guide.md");
        assert_eq!(join("netcode/src", "guide.md"), "netcode/src/guide.md");
    }
}
