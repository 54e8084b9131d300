//! The layers of the game's modules. A module may use modules of its own and of earlier layers,
//! never of a later one.

use super::modules::ModuleTree;

/// The package whose modules are layered.
pub(super) const PACKAGE: &str = "game";

/// Its top-level modules, from the bottom up.
const LAYERS: &[&[&str]] = &[
    &["startup", "phrases", "ui"],
    &["platform"],
    &["state", "intents", "messages", "relay_api"],
    &["controls"],
    &["online", "play"],
    &["stage"],
    &["view"],
    &["hud", "news", "screens"],
    &["report"],
];

/// Violations of the game's library or program.
pub(super) fn check(tree: &ModuleTree) -> Vec<String> {
    let mut violations = Vec::new();
    for module in &tree.modules {
        if let [name] = module.path.as_slice()
            && layer(name).is_none()
        {
            violations.push(format!(
                "{}: `{name}` is missing in the table of layers of `cargo xtask tidy`",
                module.file
            ));
        }
    }
    for reference in tree.references() {
        let layer_of = |path: &[String]| path.first().and_then(|name| layer(name));
        let (from, to) = (layer_of(&reference.from.path), layer_of(&reference.to.path));
        if let (Some(from), Some(to)) = (from, to)
            && from < to
        {
            violations.push(format!(
                "{}: uses `{}` of a later layer (`{}`)",
                reference.from.file,
                reference.to.name(),
                reference.spelled
            ));
        }
    }
    violations
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}
