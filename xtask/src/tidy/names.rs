//! Rules on files as a whole: their names, headings and length, and marks of unfinished work.

use std::path::Path;

use super::sources::File;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 4] = ["utils", "common", "manager", "helper"];

/// Marks of unfinished work.
const MARKS: [&str; 3] = ["TODO", "FIXME", "XXX"];

/// The most lines of a Rust file.
pub(super) const MAX_LINES: usize = 450;

/// Violations of one file.
pub(super) fn check(file: &File) -> Vec<String> {
    let mut violations = file_name(&file.path);
    if file.is_rust() {
        violations.extend(content(&file.path, &file.text));
    }
    violations
}

fn file_name(path: &str) -> Vec<String> {
    let mut violations = Vec::new();
    if path.ends_with("/mod.rs") {
        violations.push(format!("{path}: name the file after its module"));
    }
    for name in EMPTY_NAMES {
        let is_empty = Path::new(path)
            .iter()
            .map(|part| Path::new(part).file_stem().unwrap_or(part))
            .any(|stem| stem == name || stem == name.trim_end_matches('s'));
        if is_empty {
            violations.push(format!(
                "{path}: `{name}` is no name; name the file after its purpose"
            ));
        }
    }
    violations
}

fn content(path: &str, text: &str) -> Vec<String> {
    let mut violations = Vec::new();
    // The modules of a test binary have their headings where they are declared.
    let has_heading_elsewhere = path.contains("/tests/") && !path.ends_with("/main.rs");
    if !text.starts_with("//!") && !has_heading_elsewhere && !text.starts_with("#![no_main]") {
        violations.push(format!("{path}: begin with `//!` and the module's purpose"));
    }
    let lines = text.lines().count();
    if lines > MAX_LINES {
        violations.push(format!(
            "{path}: {lines} lines are more than {MAX_LINES}; split the file"
        ));
    }
    for (index, line) in text.lines().enumerate() {
        for mark in MARKS {
            if line.contains(mark) && !path.starts_with("xtask/") {
                violations.push(format!(
                    "{path}:{}: {mark} marks unfinished work; do it or delete the mark",
                    index + 1
                ));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_file(path: &str, text: &str, expected: usize) {
        let path = path.to_owned();
        let text = text.to_owned();
        let found = check(&File { path, text });
        assert_eq!(found.len(), expected, "{found:?}");
    }

    #[test]
    fn a_file_begins_with_a_heading() {
        check_file("arena/src/ship.rs", "//! Ships.\n", 0);
        check_file("arena/src/ship.rs", "use core::fmt;\n", 1);
        check_file("relay/tests/it/main.rs", "mod rights;\n", 1);
        check_file("relay/tests/it/rights.rs", "use relay::serve;\n", 0);
        check_file("relay/tests/aws/scope.rs", "use relay::serve;\n", 0);
    }

    #[test]
    fn a_file_has_a_name_with_a_meaning() {
        check_file("arena/src/ship/mod.rs", "//! Ships.\n", 1);
        check_file("relay/src/utils.rs", "//! Odds and ends.\n", 1);
        check_file("relay/src/utils/time.rs", "//! Odds and ends.\n", 1);
    }

    #[test]
    fn a_file_marks_no_unfinished_work() {
        check_file("relay/src/api.rs", "//! A\n// TODO later\n", 1);
    }

    #[test]
    fn a_file_is_short() {
        let text = |lines| format!("//! A\n{}", "\n".repeat(lines - 1));
        check_file("relay/src/api.rs", &text(MAX_LINES), 0);
        check_file("relay/src/api.rs", &text(MAX_LINES + 1), 1);
        check_file("relay/tests/it/api.rs", &text(MAX_LINES + 1), 1);
    }
}
