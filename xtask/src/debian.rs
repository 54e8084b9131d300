//! Downloads one package of an exact release from Debian's archive; apt checks its signature. The
//! machine's own sources, lists and packages stay as they are.
//!
//! Non-goals: installing it; the caller unpacks the file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::process::{self, say};

const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Suites with compilers newer than those of a stable release, small package lists first.
const SUITES: [&str; 6] = [
    "trixie-backports",
    "trixie",
    "forky",
    "forky-backports",
    "testing",
    "unstable",
];

/// Downloads `package` of upstream `release` into `folder`, and returns the file.
///
/// # Errors
/// This machine has no apt or no Debian sources, or no suite has that release.
pub(crate) fn download(folder: &Path, package: &str, release: &str) -> Result<PathBuf> {
    for program in ["apt-get", "dpkg-deb"] {
        if process::find(program).is_none() {
            bail!("{program} is not installed, so nothing can be downloaded from Debian's archive");
        }
    }
    if !Path::new(KEYRING).is_file() {
        bail!("{KEYRING} is missing: install the package debian-archive-keyring");
    }
    let mirror = mirror(Path::new("/etc/apt"))?;
    let mut failures = Vec::new();
    for suite in SUITES {
        let apt = match Apt::update(&folder.join(suite), &mirror, suite) {
            Ok(apt) => apt,
            Err(error) => {
                failures.push(format!("{suite}: {error:#}"));
                continue;
            }
        };
        let versions = apt.versions(package)?;
        if let Some(version) = versions.iter().find(|version| is_of(version, release)) {
            say(format!(
                "Downloading {package} {version} of {suite} from {mirror} …"
            ));
            return apt.download(package, version);
        }
        failures.push(format!("{suite}: has {}", versions.join(", ")));
    }
    bail!(
        "{mirror} has no {package} {release} ({})",
        failures.join("; ")
    )
}

/// Whether a Debian version belongs to an upstream release.
fn is_of(version: &str, release: &str) -> bool {
    version
        .strip_prefix(release)
        .is_some_and(|rest| rest.starts_with(['+', '-', '~']))
}

/// A separate configuration of apt with one suite.
struct Apt {
    folder: PathBuf,
}

impl Apt {
    fn update(folder: &Path, mirror: &str, suite: &str) -> Result<Self> {
        for name in ["lists/partial", "cache/archives/partial", "parts"] {
            fs::create_dir_all(folder.join(name))
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let at = folder.display();
        let sources = format!(
            "Types: deb\nURIs: {mirror}\nSuites: {suite}\nComponents: main\nSigned-By: {KEYRING}\n"
        );
        // Without the machine's hooks, which clean caches for example.
        let config = format!(
            "Dir::Etc::SourceList \"{at}/none.list\";\n\
             Dir::Etc::SourceParts \"{at}/parts\";\n\
             Dir::State \"{at}\";\n\
             Dir::State::Lists \"{at}/lists\";\n\
             Dir::State::Status \"{at}/status\";\n\
             Dir::Cache \"{at}/cache\";\n\
             APT::Sandbox::User \"\";\n\
             Acquire::Languages \"none\";\n\
             Acquire::Retries \"2\";\n\
             #clear APT::Update::Post-Invoke;\n\
             #clear APT::Update::Post-Invoke-Success;\n\
             #clear DPkg::Post-Invoke;\n"
        );
        for (name, text) in [
            ("parts/debian.sources", sources.as_str()),
            ("apt.conf", config.as_str()),
            ("status", ""),
        ] {
            fs::write(folder.join(name), text)
                .with_context(|| format!("cannot write to {}", folder.display()))?;
        }
        let apt = Self {
            folder: folder.to_owned(),
        };
        process::output(apt.command("apt-get").args(["update", "--error-on=any"]))?;
        Ok(apt)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .arg("--config-file")
            .arg(self.folder.join("apt.conf"))
            .env("LC_ALL", "C")
            .current_dir(&self.folder);
        command
    }

    fn versions(&self, package: &str) -> Result<Vec<String>> {
        let table = process::output(self.command("apt-cache").args(["madison", package]))?;
        Ok(table
            .lines()
            .filter_map(|line| Some(line.split('|').nth(1)?.trim().to_owned()))
            .collect())
    }

    fn download(&self, package: &str, version: &str) -> Result<PathBuf> {
        process::output(
            self.command("apt-get")
                .args(["download", &format!("{package}={version}")]),
        )?;
        fs::read_dir(&self.folder)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
            .with_context(|| format!("apt-get downloaded no {package}"))
    }
}

/// The Debian mirror that this machine installs from.
fn mirror(etc_apt: &Path) -> Result<String> {
    let mut files = vec![etc_apt.join("sources.list")];
    if let Ok(folder) = fs::read_dir(etc_apt.join("sources.list.d")) {
        files.extend(folder.filter_map(|entry| Some(entry.ok()?.path())));
    }
    files
        .iter()
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "list" || extension == "sources")
        })
        .filter_map(|path| fs::read_to_string(path).ok())
        .find_map(|text| debian_uri(&text))
        .context("this machine's apt sources name no Debian mirror")
}

/// The first main archive (`…/debian`) in a source list of either format.
fn debian_uri(sources: &str) -> Option<String> {
    sources
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("URIs:") || line.starts_with("deb "))
        .flat_map(str::split_whitespace)
        .map(|word| word.trim_end_matches('/'))
        .find(|word| word.contains("://") && word.ends_with("/debian"))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{debian_uri, is_of};

    #[test]
    fn a_version_is_of_its_release_only() {
        assert!(is_of("1.95.0+dfsg1-1~bpo13+1", "1.95.0"));
        assert!(is_of("1.95.0-2", "1.95.0"));
        assert!(!is_of("1.95.01-2", "1.95.0"));
        assert!(!is_of("1.94.0+dfsg1-1", "1.95.0"));
    }

    #[test]
    fn both_formats_name_the_mirror() {
        let modern = "Types: deb\n# http://old/debian\nURIs: http://a.example/debian\n";
        assert_eq!(
            debian_uri(modern).as_deref(),
            Some("http://a.example/debian")
        );
        let classic = "deb [signed-by=/k.gpg] https://b.example/debian/ trixie main\n";
        assert_eq!(
            debian_uri(classic).as_deref(),
            Some("https://b.example/debian")
        );
        assert_eq!(debian_uri("URIs: http://c.example/debian-security\n"), None);
    }
}
