//! Builds the browser client: the game for `wasm32`, its JavaScript and its page, all compressed.
//!
//! File names contain a digest of the content, so that browsers can cache every file but the page
//! forever. The page's template is `game/web/index.html`.
//!
//! Non-goals: serving the files, which is the relay's work.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::compress;
use crate::files::files;
use crate::process::{self, say};
use crate::wasm_std;
use crate::workspace::Workspace;

/// The cargo profile of the browser client.
pub(crate) const PROFILE: &str = "web";

/// The digest of the inputs that the folder was built from; beside the folder, so that it is not
/// served.
const STAMP: &str = "web.stamp";

/// Updates the folder of the browser client and returns it.
///
/// # Errors
/// The game does not compile, or its page lacks a placeholder.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf> {
    let started = Instant::now();
    let std = wasm_std::ensure(workspace)?;

    say("[1/3] Compiling the game for the browser (minutes at first, seconds later) …");
    process::run(
        std.cargo(workspace, "build")
            .args(["--package", "game", "--profile", PROFILE]),
    )?;
    let wasm = workspace
        .target
        .join(wasm_std::TARGET)
        .join(PROFILE)
        .join("game.wasm");

    let folder = workspace.folder("web");
    let stamp_file = workspace.folder(STAMP);
    let page_folder = workspace.root.join("game/web");
    let assets = workspace.root.join("assets");
    let stamp = stamp(&[
        wasm.as_path(),
        &page_folder,
        &assets,
        &std::env::current_exe()?,
    ])?;
    if folder.is_dir() && fs::read_to_string(&stamp_file).is_ok_and(|old| old == stamp) {
        say("[2/3] The browser client is up to date.");
        return Ok(folder);
    }

    say("[2/3] Generating its JavaScript and its page …");
    // If this run is interrupted, the next one starts from nothing.
    drop(fs::remove_file(&stamp_file));
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let page = bind(&wasm, &folder)?;
    copy(&page_folder, &folder)?;
    copy(&assets, &folder.join("assets"))?;
    page.write(&page_folder.join("index.html"), &folder)?;

    say("[3/3] Compressing …");
    let sizes = compress::folder(&folder)?;
    fs::write(&stamp_file, stamp).context("cannot write the stamp")?;
    say(format!(
        "The browser client is in {}: {:.1} MB, {:.1} MB to download ({:.0} s).",
        folder.display(),
        sizes.plain as f64 / 1e6,
        sizes.brotli as f64 / 1e6,
        started.elapsed().as_secs_f32(),
    ));
    Ok(folder)
}

/// The values of the page's placeholders.
struct Page {
    js: String,
    wasm: String,
    wasm_bytes: usize,
}

impl Page {
    fn write(&self, template: &Path, folder: &Path) -> Result<()> {
        let html = fs::read_to_string(template)
            .with_context(|| format!("cannot read {}", template.display()))?;
        let html = self
            .fill(&html)
            .with_context(|| format!("cannot fill {}", template.display()))?;
        fs::write(folder.join("index.html"), html).context("cannot write the page")
    }

    fn fill(&self, html: &str) -> Result<String> {
        let wasm_bytes = self.wasm_bytes.to_string();
        let mut filled = html.to_owned();
        for (placeholder, value) in [
            ("{{js}}", &self.js),
            ("{{wasm}}", &self.wasm),
            ("{{wasm_bytes}}", &wasm_bytes),
        ] {
            if !filled.contains(placeholder) {
                bail!("it lacks the placeholder {placeholder}");
            }
            filled = filled.replace(placeholder, value);
        }
        Ok(filled)
    }
}

/// Generates the files that a browser loads from cargo's module, under names with a digest.
fn bind(wasm: &Path, folder: &Path) -> Result<Page> {
    Bindgen::new()
        .input_path(wasm)
        .out_name("game")
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)
        .context("wasm-bindgen failed")?;
    let bytes = fs::read(folder.join("game_bg.wasm"))?;
    Ok(Page {
        js: rename_hashed(folder, "game.js", "game", "js")?,
        wasm: rename_hashed(folder, "game_bg.wasm", "game", "wasm")?,
        wasm_bytes: bytes.len(),
    })
}

fn rename_hashed(folder: &Path, file: &str, stem: &str, extension: &str) -> Result<String> {
    let path = folder.join(file);
    let content = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    let name = format!("{stem}-{:016x}.{extension}", hasher.finish());
    fs::rename(&path, folder.join(&name))?;
    Ok(name)
}

/// Copies a folder; does nothing if it does not exist.
fn copy(from: &Path, to: &Path) -> Result<()> {
    for file in files(from)? {
        let target = to.join(file.strip_prefix(from)?);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(&file, &target).with_context(|| format!("cannot copy {}", file.display()))?;
    }
    Ok(())
}

/// A digest of names, sizes and modification times, to detect that something was rebuilt.
fn stamp(inputs: &[&Path]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for input in inputs {
        for file in files(input)? {
            let metadata = fs::metadata(&file)?;
            file.hash(&mut hasher);
            metadata.len().hash(&mut hasher);
            metadata.modified()?.hash(&mut hasher);
        }
    }
    Ok(format!("{:016x}", hasher.finish()))
}

#[cfg(test)]
mod tests {
    use super::Page;

    fn fill(html: &str) -> Option<String> {
        let page = Page {
            js: "game-1.js".to_owned(),
            wasm: "game-2.wasm".to_owned(),
            wasm_bytes: 3,
        };
        page.fill(html).ok()
    }

    #[test]
    fn every_placeholder_is_filled() {
        assert_eq!(
            fill("<a>{{js}}</a>{{wasm}} {{wasm}} {{wasm_bytes}}").as_deref(),
            Some("<a>game-1.js</a>game-2.wasm game-2.wasm 3")
        );
    }

    #[test]
    fn a_page_without_a_placeholder_is_an_error() {
        assert_eq!(fill("{{js}} {{wasm}}"), None);
    }
}
