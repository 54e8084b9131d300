//! The module tree of a library or a program, and which of its modules refers to which.
//!
//! One file is one module; a module written inside of a file counts as that file. Code under
//! `#[cfg(test)]` is left out.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result};

use super::paths::{Located, Names};
use super::sources::Sources;

/// Re-exports that are followed from one to the next before giving up: `use` may be circular.
const MAX_HOPS: usize = 8;

/// The modules of one crate root.
pub(super) struct ModuleTree {
    /// The first is the root.
    pub(super) modules: Vec<Module>,
    by_path: HashMap<Vec<String>, usize>,
}

/// One module.
pub(super) struct Module {
    /// From the root, which has the empty path.
    pub(super) path: Vec<String>,
    /// Relative to the workspace's root.
    pub(super) file: String,
    /// Names that `use` binds in it. One name may have several meanings, by target.
    imports: HashMap<String, Vec<Located>>,
    globs: Vec<Located>,
    items: Vec<String>,
    /// Every path that the module spells, those of `use` first.
    paths: Vec<Located>,
}

/// A module names something in another one.
pub(super) struct Reference<'a> {
    pub(super) from: &'a Module,
    pub(super) to: &'a Module,
    /// The path as it is spelled, or imported.
    pub(super) spelled: String,
}

impl ModuleTree {
    /// Reads the tree below a root file.
    ///
    /// # Errors
    /// A file is no Rust source, or is missing.
    pub(super) fn read(sources: &Sources, root: &str) -> Result<Self> {
        let mut tree = Self {
            modules: Vec::new(),
            by_path: HashMap::new(),
        };
        // The children of a root file are beside it, those of any other in a folder of its name.
        let folder = Path::new(root).parent().unwrap_or(Path::new(""));
        tree.add(sources, Vec::new(), root, folder)?;
        Ok(tree)
    }

    fn add(
        &mut self,
        sources: &Sources,
        path: Vec<String>,
        file: &str,
        children: &Path,
    ) -> Result<()> {
        let text = &sources
            .file(file)
            .with_context(|| format!("module `{}` has no file {file}", path.join("::")))?
            .text;
        let names = Names::parse(text).with_context(|| format!("{file} is no Rust source"))?;
        let mut module = Module {
            path: path.clone(),
            file: file.to_owned(),
            imports: HashMap::new(),
            globs: Vec::new(),
            items: names.items,
            paths: Vec::new(),
        };
        for import in names.imports {
            module.paths.push(import.path.clone());
            match import.name {
                Some(name) => module.imports.entry(name).or_default().push(import.path),
                None => module.globs.push(import.path),
            }
        }
        module.paths.extend(names.paths);
        // Two declarations of one module, each for a target, are one module with two files.
        self.by_path
            .entry(path.clone())
            .or_insert(self.modules.len());
        self.modules.push(module);

        for declared in names.declared {
            let path = [path.as_slice(), std::slice::from_ref(&declared.name)].concat();
            let (file, folder) = match declared.path {
                Some(value) => {
                    let beside = Path::new(file).parent().unwrap_or(Path::new(""));
                    let file = normalized(&beside.join(value));
                    let folder = file.parent().map(Path::to_owned).unwrap_or_default();
                    (file, folder)
                }
                None => (
                    children.join(&declared.name).with_extension("rs"),
                    children.join(&declared.name),
                ),
            };
            let file = file.to_str().context("a path is no Unicode")?;
            self.add(sources, path, file, &folder)?;
        }
        Ok(())
    }

    /// Every reference from one module to another, but none to an ancestor's own items.
    pub(super) fn references(&self) -> Vec<Reference<'_>> {
        let mut references = Vec::new();
        for from in &self.modules {
            for path in &from.paths {
                let Some(absolute) = self.absolute(from, path, MAX_HOPS) else {
                    continue;
                };
                for to in self.targets(&absolute, MAX_HOPS) {
                    if !from.path.starts_with(&to.path) {
                        let spelled = path.segments.join("::");
                        references.push(Reference { from, to, spelled });
                    }
                }
            }
        }
        references
    }

    /// The crates that a module names, each with the path that names it.
    pub(super) fn crates<'a>(
        &'a self,
        module: &'a Module,
    ) -> impl Iterator<Item = (&'a str, String)> {
        module.paths.iter().filter_map(|path| {
            let first = path.segments.first()?;
            let is_ours = ["crate", "self", "super", "Self"].contains(&first.as_str())
                || self.absolute(module, path, MAX_HOPS).is_some();
            (!is_ours).then(|| (first.as_str(), path.segments.join("::")))
        })
    }

    /// The path from the root; `None` if it does not begin in this crate.
    fn absolute(&self, from: &Module, path: &Located, hops: usize) -> Option<Vec<String>> {
        let here = [from.path.as_slice(), &path.inside].concat();
        let (first, rest) = path.segments.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([&here, rest].concat()),
            "super" => {
                let up = path.segments.iter().take_while(|it| *it == "super").count();
                let base = here.get(..here.len().checked_sub(up)?)?;
                Some([base, &path.segments[up..]].concat())
            }
            _ => {
                let child = [from.path.as_slice(), std::slice::from_ref(first)].concat();
                if self.by_path.contains_key(&child) {
                    return Some([from.path.as_slice(), &path.segments].concat());
                }
                let import = from.imports.get(first)?.first()?;
                // `use rand;` binds its own first segment.
                if import.segments.first() == Some(first) {
                    return None;
                }
                let base = self.absolute(from, import, hops.checked_sub(1)?)?;
                Some([base.as_slice(), rest].concat())
            }
        }
    }

    /// The modules that a path from the root leads to: the one that it ends in, and those that
    /// re-export what it names.
    fn targets(&self, path: &[String], hops: usize) -> Vec<&Module> {
        let depth = (0..=path.len())
            .rev()
            .find(|&depth| self.by_path.contains_key(&path[..depth]))
            .unwrap_or(0);
        let module = &self.modules[self.by_path[&path[..depth]]];
        let mut targets = vec![module];
        let (Some(name), Some(hops)) = (path.get(depth), hops.checked_sub(1)) else {
            return targets;
        };
        let mut follow = |import: &Located, rest: &[String]| {
            if let Some(base) = self.absolute(module, import, hops) {
                targets.extend(self.targets(&[base.as_slice(), rest].concat(), hops));
            }
        };
        if let Some(imports) = module.imports.get(name) {
            for import in imports {
                follow(import, &path[depth + 1..]);
            }
        } else if !module.items.contains(name) {
            for glob in module
                .globs
                .iter()
                .filter(|glob| self.exports(module, glob, name))
            {
                follow(glob, &path[depth..]);
            }
        }
        targets
    }

    /// Whether the module that a glob names defines this item.
    fn exports(&self, module: &Module, glob: &Located, name: &String) -> bool {
        self.absolute(module, glob, MAX_HOPS)
            .and_then(|path| self.by_path.get(&path))
            .is_some_and(|&index| self.modules[index].items.contains(name))
    }
}

impl Module {
    /// As Rust spells it, from the root.
    pub(super) fn name(&self) -> String {
        self.path.join("::")
    }
}

/// The path without `.` and `..`.
fn normalized(path: &Path) -> PathBuf {
    let mut normalized = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => _ = normalized.pop(),
            Component::CurDir => {}
            other => normalized.push(other),
        }
    }
    normalized
}
