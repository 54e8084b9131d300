//! Collects the paths in Rust source: those of `use` items, and all others.
//!
//! Non-goals: names that no path spells, such as those of methods.

use proc_macro2::{Spacing, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ItemMod, ItemUse, Macro, Meta, UseTree};

/// A path in tokens, such as `crate::wire::Delta`.
#[derive(Debug)]
pub(super) struct TokenPath {
    pub(super) segments: Vec<String>,
    /// Of its first segment, from 1.
    pub(super) line: usize,
}

/// Every path in the tokens, those of one segment too. A leading `::` is dropped.
pub(super) fn in_tokens(tokens: TokenStream) -> Vec<TokenPath> {
    let mut found = Vec::new();
    collect(tokens, &mut found);
    found
}

fn collect(tokens: TokenStream, found: &mut Vec<TokenPath>) {
    let mut tokens = tokens.into_iter().peekable();
    // Whether a `::` has just been read that continues the last path.
    let mut continues = false;
    while let Some(tree) = tokens.next() {
        match tree {
            TokenTree::Group(group) => {
                collect(group.stream(), found);
                continues = false;
            }
            TokenTree::Ident(ident) => {
                let segment = ident.to_string();
                match found.last_mut() {
                    Some(path) if continues => path.segments.push(segment),
                    _ => found.push(TokenPath {
                        segments: vec![segment],
                        line: ident.span().start().line,
                    }),
                }
                continues = is_double_colon(&mut tokens);
            }
            TokenTree::Literal(_) | TokenTree::Punct(_) => continues = false,
        }
    }
}

/// Consumes a `::` if it is next.
fn is_double_colon(tokens: &mut std::iter::Peekable<impl Iterator<Item = TokenTree>>) -> bool {
    let is_joint = matches!(
        tokens.peek(),
        Some(TokenTree::Punct(punct)) if punct.as_char() == ':' && punct.spacing() == Spacing::Joint
    );
    if is_joint {
        tokens.next();
        tokens.next();
    }
    is_joint
}

/// What one source file names. Code under `#[cfg(test)]` is left out.
#[derive(Default)]
pub(super) struct Names {
    /// Modules that the file declares and another file contains.
    pub(super) declared: Vec<DeclaredModule>,
    /// Its `use` items.
    pub(super) imports: Vec<Import>,
    /// Its other paths of two segments or more.
    pub(super) paths: Vec<Located>,
    /// The items that it defines.
    pub(super) items: Vec<String>,
}

/// `mod name;`, with the value of its `#[path]`.
pub(super) struct DeclaredModule {
    pub(super) name: String,
    pub(super) path: Option<String>,
}

/// A path, and the inline modules that it stands in.
#[derive(Clone)]
pub(super) struct Located {
    pub(super) inside: Vec<String>,
    pub(super) segments: Vec<String>,
}

/// One leaf of a `use` item.
pub(super) struct Import {
    pub(super) path: Located,
    /// The name that it binds; `None` for a glob.
    pub(super) name: Option<String>,
}

impl Names {
    /// Parses a source file.
    ///
    /// # Errors
    /// It is no Rust source.
    pub(super) fn parse(text: &str) -> syn::Result<Self> {
        let file = syn::parse_file(text)?;
        let mut collector = Collector::default();
        collector.visit_file(&file);
        Ok(collector.names)
    }
}

#[derive(Default)]
struct Collector {
    inside: Vec<String>,
    names: Names,
}

impl Collector {
    fn locate(&self, segments: Vec<String>) -> Located {
        Located {
            inside: self.inside.clone(),
            segments,
        }
    }

    fn import(&mut self, prefix: &[String], tree: &UseTree) {
        let joined = |last: &syn::Ident| [prefix, &[last.to_string()]].concat();
        let (segments, name) = match tree {
            UseTree::Path(path) => return self.import(&joined(&path.ident), &path.tree),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(prefix, tree);
                }
                return;
            }
            UseTree::Glob(_) => (prefix.to_vec(), None),
            UseTree::Name(leaf) if leaf.ident == "self" => {
                (prefix.to_vec(), prefix.last().cloned())
            }
            UseTree::Name(leaf) => (joined(&leaf.ident), Some(leaf.ident.to_string())),
            UseTree::Rename(leaf) if leaf.ident == "self" => {
                (prefix.to_vec(), Some(leaf.rename.to_string()))
            }
            UseTree::Rename(leaf) => (joined(&leaf.ident), Some(leaf.rename.to_string())),
        };
        let path = self.locate(segments);
        self.names.imports.push(Import { path, name });
    }

    fn define(&mut self, item: &syn::Item) {
        let ident = match item {
            syn::Item::Const(item) => &item.ident,
            syn::Item::Enum(item) => &item.ident,
            syn::Item::Fn(item) => &item.sig.ident,
            syn::Item::Static(item) => &item.ident,
            syn::Item::Struct(item) => &item.ident,
            syn::Item::Trait(item) => &item.ident,
            syn::Item::Type(item) => &item.ident,
            syn::Item::Union(item) => &item.ident,
            _ => return,
        };
        self.names.items.push(ident.to_string());
    }
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !attributes(item).iter().any(is_test_only) {
            self.define(item);
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        let name = module.ident.to_string();
        if module.content.is_some() {
            self.inside.push(name);
            visit::visit_item_mod(self, module);
            self.inside.pop();
        } else {
            let path = module.attrs.iter().find_map(path_attribute);
            self.names.declared.push(DeclaredModule { name, path });
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.import(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string());
        let path_here = self.locate(segments.collect());
        if path_here.segments.len() > 1 {
            self.names.paths.push(path_here);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        for path in in_tokens(item.tokens.clone()) {
            if path.segments.len() > 1 {
                self.names.paths.push(self.locate(path.segments));
            }
        }
        visit::visit_macro(self, item);
    }
}

fn attributes(item: &syn::Item) -> &[Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether it is `#[cfg(test)]` or `#[cfg(all(test, …))]`.
fn is_test_only(attribute: &Attribute) -> bool {
    let Meta::List(list) = &attribute.meta else {
        return false;
    };
    if !list.path.is_ident("cfg") {
        return false;
    }
    let mut tokens = list.tokens.clone().into_iter();
    let (condition, inner) = (tokens.next(), tokens.next());
    let is_word = |tree: &TokenTree, word: &str| matches!(tree, TokenTree::Ident(it) if it == word);
    match (condition, inner) {
        (Some(condition), None) => is_word(&condition, "test"),
        (Some(condition), Some(TokenTree::Group(all))) if is_word(&condition, "all") => {
            all.stream().into_iter().any(|tree| is_word(&tree, "test"))
        }
        _ => false,
    }
}

/// The value of `#[path = "…"]`.
fn path_attribute(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else {
        return None;
    };
    match &pair.value {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) if pair.path.is_ident("path") => Some(text.value()),
        _ => None,
    }
}
