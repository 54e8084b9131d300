//! Sorts the page's files by how they are uploaded.
//!
//! Non-goals: uploading them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::files::files;

/// Sorts the page's files by how they are uploaded. Of a file with a brotli copy only that is
/// uploaded: every browser that can run the game supports it, and the CDN does not compress files as
/// large as the game.
pub(super) fn sort(page: &Path, site: &Path) -> Result<()> {
    for file in files(page)? {
        let name = file.strip_prefix(page)?;
        if name.extension().is_some_and(|it| it == "br" || it == "gz") {
            continue;
        }
        let kind = if is_hashed(name) { "hashed" } else { "named" };
        let compressed = PathBuf::from(format!("{}.br", file.display()));
        let (encoding, from) = if compressed.is_file() {
            ("br", &compressed)
        } else {
            ("plain", &file)
        };
        let to = site.join(kind).join(encoding).join(name);
        fs::create_dir_all(to.parent().unwrap_or(site))?;
        fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
    }
    Ok(())
}

/// Whether the name contains a digest of the content, as the names from [`crate::web`] do.
fn is_hashed(name: &Path) -> bool {
    let stem = name.file_stem().and_then(|stem| stem.to_str());
    stem.and_then(|stem| stem.rsplit_once('-'))
        .is_some_and(|(_, hash)| {
            hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_s_files_are_sorted_by_how_they_are_served() {
        let folder = std::env::temp_dir().join(format!("lastwill-sort-{}", std::process::id()));
        let (page, site) = (folder.join("page"), folder.join("site"));
        fs::create_dir_all(page.join("assets")).unwrap();
        for name in [
            "index.html",
            "index.html.br",
            "index.html.gz",
            "game-0123456789abcdef.wasm",
            "game-0123456789abcdef.wasm.br",
            "assets/shot.ogg",
        ] {
            fs::write(page.join(name), name).unwrap();
        }
        sort(&page, &site).unwrap();
        let sorted: Vec<_> = files(&site)
            .unwrap()
            .iter()
            .map(|file| {
                let content = fs::read_to_string(file).unwrap();
                (file.strip_prefix(&site).unwrap().to_owned(), content)
            })
            .collect();
        fs::remove_dir_all(&folder).unwrap();
        let expected = [
            (
                "hashed/br/game-0123456789abcdef.wasm",
                "game-0123456789abcdef.wasm.br",
            ),
            ("named/br/index.html", "index.html.br"),
            ("named/plain/assets/shot.ogg", "assets/shot.ogg"),
        ]
        .map(|(file, content)| (PathBuf::from(file), content.to_owned()));
        assert_eq!(sorted, expected);
    }
}
