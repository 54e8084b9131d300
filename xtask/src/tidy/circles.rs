//! Finds circles of modules: siblings in the module tree each of which refers, directly or through
//! others, to all of the others.
//!
//! A module stands for its whole subtree. What a module takes from an ancestor's own file is no
//! reference between siblings; what the ancestor only re-exports is one to where it comes from.

use std::collections::{BTreeMap, BTreeSet};

use super::modules::{ModuleTree, Reference};

/// Siblings that refer to each other.
pub(super) struct Circle<'a> {
    /// The path of their parent.
    parent: Vec<String>,
    /// Their names.
    pub(super) members: Vec<String>,
    /// For each two members of which the first refers to the second, one such reference.
    references: Vec<Reference<'a>>,
}

/// Violations of one tree.
pub(super) fn check(tree: &ModuleTree) -> Vec<String> {
    let root = &tree.modules[0].file;
    find(tree)
        .iter()
        .map(|circle| {
            let parent = circle.parent.iter().map(|name| format!("{name}::"));
            let references = circle
                .references
                .iter()
                .map(|reference| format!("\n    {}: {}", reference.from.file, reference.spelled));
            format!(
                "{root}: circle of modules in {}{{{}}}{}",
                parent.collect::<String>(),
                circle.members.join(", "),
                references.collect::<String>()
            )
        })
        .collect()
}

/// Every circle of a tree.
pub(super) fn find(tree: &ModuleTree) -> Vec<Circle<'_>> {
    // For each parent, its children's references to each other; one for each pair is enough.
    let mut levels: BTreeMap<Vec<String>, BTreeMap<(String, String), Reference<'_>>> =
        BTreeMap::new();
    for reference in tree.references() {
        let (from, to) = (&reference.from.path, &reference.to.path);
        let level = from.iter().zip(to).take_while(|(a, b)| a == b).count();
        if let (Some(a), Some(b)) = (from.get(level), to.get(level)) {
            let pair = (a.clone(), b.clone());
            let parent = from[..level].to_vec();
            levels
                .entry(parent)
                .or_default()
                .entry(pair)
                .or_insert(reference);
        }
    }
    levels
        .into_iter()
        .flat_map(|(parent, references)| circles(parent, references))
        .collect()
}

/// The strongly connected components of more than one node.
fn circles<'a>(
    parent: Vec<String>,
    mut references: BTreeMap<(String, String), Reference<'a>>,
) -> Vec<Circle<'a>> {
    let nodes: BTreeSet<_> = references
        .keys()
        .flat_map(|(a, b)| [a.clone(), b.clone()])
        .collect();
    let mut reaches: BTreeSet<_> = references.keys().cloned().collect();
    for middle in &nodes {
        for from in &nodes {
            for to in &nodes {
                let first = reaches.contains(&(from.clone(), middle.clone()));
                if first && reaches.contains(&(middle.clone(), to.clone())) {
                    reaches.insert((from.clone(), to.clone()));
                }
            }
        }
    }
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for node in &nodes {
        if seen.contains(node) || !reaches.contains(&(node.clone(), node.clone())) {
            continue;
        }
        let is_member = |other: &&String| {
            reaches.contains(&(node.clone(), (*other).clone()))
                && reaches.contains(&((*other).clone(), node.clone()))
        };
        let members: Vec<_> = nodes.iter().filter(is_member).cloned().collect();
        seen.extend(members.iter().cloned());
        let inside: Vec<_> = references
            .keys()
            .filter(|(a, b)| members.contains(a) && members.contains(b))
            .cloned()
            .collect();
        let inside = inside.iter().filter_map(|pair| references.remove(pair));
        found.push(Circle {
            parent: parent.clone(),
            references: inside.collect(),
            members,
        });
    }
    found
}
