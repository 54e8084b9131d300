//! Deploys the game to AWS, serverless: builds the Lambda function and the page, and deploys the stack of
//! `relay/deploy/template.yaml`.
//!
//! All calls of AWS are made by its command line tool, `aws`, which has the credentials and profiles.
//! `--plan` prints every command instead of running it, and builds nothing.

use std::fs;
use std::io::{self, BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::files::files;
use crate::process::{self, line, say};
use crate::web;
use crate::workspace::{Compiler, Workspace};

/// The cheaper of AWS Lambda's architectures.
const TARGET: &str = "aarch64-unknown-linux-gnu";

/// The version of the C library in the function's runtime, `provided.al2023`; the program must not
/// need a newer one.
const GLIBC: &str = "2.34";

/// Placeholders in a plan for values that only AWS knows.
const ACCOUNT: &str = "ACCOUNT";
const SITE: &str = "SITE_BUCKET";

/// The `Cache-Control` header of files by the folder that they are uploaded from: files whose name
/// contains a digest never change. The page, which refers to the others, is uploaded last.
const CACHING: [(&str, &str); 2] = [
    ("hashed", "public, max-age=31536000, immutable"),
    ("named", "no-cache"),
];

/// Where to deploy.
#[derive(Args)]
pub(crate) struct Options {
    /// Ask for options, and for a confirmation before anything is created.
    #[arg(long)]
    guided: bool,
    /// Print the commands that would be run, and run none.
    #[arg(long)]
    plan: bool,
    /// The stack's name.
    #[arg(long, default_value = "lastwill")]
    stack: String,
    /// The region; by default the one that `aws` is configured for.
    #[arg(long)]
    region: Option<String>,
}

/// Deploys, or prints the plan.
///
/// # Errors
/// A program or the account is missing, something does not compile, or AWS refuses a call.
pub(crate) fn run(workspace: &Workspace, mut options: Options) -> Result<()> {
    if options.guided {
        options.stack = ask("Name of the stack", &options.stack)?;
        let region = options.region.take().or_else(configured_region);
        options.region = Some(ask("Region", &region.unwrap_or_default())?);
    }
    let region = options.region.or_else(configured_region);
    let account = account(region.as_deref());
    let deployment = Deployment {
        folder: workspace.folder("deploy"),
        stack: options.stack,
        region: match region {
            Some(region) => region,
            None if options.plan || account.is_err() => "REGION".to_owned(),
            None => bail!("no region is configured: name one with --region"),
        },
        account: account.as_ref().map_or(ACCOUNT, String::as_str).to_owned(),
    };
    if options.plan || account.is_err() {
        deployment.plan(workspace).iter().for_each(say);
        return match account {
            Err(error) if !options.plan => Err(error.context(
                "nothing has been deployed, because there is no account; the plan is above",
            )),
            _ => Ok(()),
        };
    }
    if options.guided {
        let question = format!(
            "Deploy to account {} in {}? (yes or no)",
            deployment.account, deployment.region
        );
        if ask(&question, "no")? != "yes" {
            bail!("nothing has been deployed");
        }
    }
    deployment.run(workspace)
}

struct Deployment {
    /// The folder with the function's package and the sorted page.
    folder: PathBuf,
    stack: String,
    region: String,
    account: String,
}

impl Deployment {
    /// Each step as a comment and the command that performs it.
    fn plan(&self, workspace: &Workspace) -> Vec<String> {
        let step = |what: &str| format!("# {what}");
        let mut lines = vec![
            step("Build the function."),
            line(&build(workspace)),
            step(&format!(
                "Pack it: relay/deploy/bootstrap and the program, in {}.",
                self.folder.join("lambda").display()
            )),
            step("Build the page."),
            "cargo xtask web".to_owned(),
            step(&format!(
                "Sort its files, compressed, in {}.",
                self.folder.join("site").display()
            )),
            step("Create the bucket of the function's code, unless it exists."),
            line(&self.find_bucket()),
            line(&self.make_bucket()),
            step("Upload the code, create or update the stack, and read its outputs."),
            line(&self.package()),
            line(&self.deploy()),
            line(&self.output("SiteBucket")),
            step("Upload the page."),
        ];
        lines.extend(self.uploads(SITE).map(|(_, upload)| line(&upload)));
        lines.extend([step("Print its address."), line(&self.output("Url"))]);
        lines
    }

    fn run(&self, workspace: &Workspace) -> Result<()> {
        ensure_target()?;
        say("[1/5] Compiling the function (minutes) …");
        process::run(&mut build(workspace))?;
        let page = web::build(workspace)?;
        say("[2/5] Packing the function and the page …");
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder)?;
        }
        self.pack(workspace)?;
        sort(&page, &self.folder.join("site"))?;
        say("[3/5] Uploading the function …");
        if process::output(&mut self.find_bucket()).is_err() {
            process::run(&mut self.make_bucket())?;
        }
        process::output(&mut self.package())?;
        say("[4/5] Creating or updating the stack (minutes at first) …");
        process::run(&mut self.deploy())?;
        say("[5/5] Uploading the page …");
        let site = process::output(&mut self.output("SiteBucket"))?;
        for (from, mut upload) in self.uploads(site.trim()) {
            if from.is_dir() {
                process::run(&mut upload)?;
            }
        }
        let url = process::output(&mut self.output("Url"))?;
        say(format!("Last Will is at {}", url.trim()));
        Ok(())
    }

    /// Creates the function's package, with the template beside it.
    fn pack(&self, workspace: &Workspace) -> Result<()> {
        let package = self.folder.join("lambda");
        fs::create_dir_all(&package)?;
        let program = workspace.target.join(TARGET).join("release/relay");
        let bootstrap = workspace.root.join("relay/deploy/bootstrap");
        let template = workspace.root.join("relay/deploy/template.yaml");
        for (from, to) in [
            (&program, package.join("relay")),
            (&bootstrap, package.join("bootstrap")),
            (&template, self.template()),
        ] {
            fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
        }
        Ok(())
    }

    fn template(&self) -> PathBuf {
        self.folder.join("template.yaml")
    }

    fn packaged(&self) -> PathBuf {
        self.folder.join("packaged.yaml")
    }

    fn bucket(&self) -> String {
        format!("{}-code-{}-{}", self.stack, self.account, self.region)
    }

    fn aws<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut aws = Command::new("aws");
        aws.args(["--region", &self.region]).args(arguments);
        aws
    }

    fn find_bucket(&self) -> Command {
        self.aws(["s3api", "head-bucket", "--bucket", &self.bucket()])
    }

    fn make_bucket(&self) -> Command {
        self.aws(["s3", "mb", &format!("s3://{}", self.bucket())])
    }

    fn package(&self) -> Command {
        let mut aws = self.aws(["cloudformation", "package"]);
        aws.arg("--template-file")
            .arg(self.template())
            .args(["--s3-bucket", &self.bucket()])
            .arg("--output-template-file")
            .arg(self.packaged());
        aws
    }

    fn deploy(&self) -> Command {
        let mut aws = self.aws(["cloudformation", "deploy", "--stack-name", &self.stack]);
        aws.arg("--template-file")
            .arg(self.packaged())
            .args(["--capabilities", "CAPABILITY_IAM"])
            .arg("--no-fail-on-empty-changeset");
        aws
    }

    fn output(&self, key: &str) -> Command {
        let query = format!("Stacks[0].Outputs[?OutputKey=='{key}'].OutputValue");
        let mut aws = self.aws(["cloudformation", "describe-stacks"]);
        aws.args(["--stack-name", &self.stack, "--query", &query])
            .args(["--output", "text"]);
        aws
    }

    /// For each kind of file, the folder and the command that uploads it. `aws` derives a file's content
    /// type from its name.
    fn uploads(&self, site: &str) -> impl Iterator<Item = (PathBuf, Command)> {
        let to = format!("s3://{site}/");
        CACHING.into_iter().flat_map(move |(kind, caching)| {
            ["br", "plain"].map(|encoding| {
                let from = self.folder.join("site").join(kind).join(encoding);
                let mut aws = self.aws(["s3", "cp", "--recursive", "--cache-control", caching]);
                if encoding == "br" {
                    aws.args(["--content-encoding", encoding]);
                }
                aws.arg(&from).arg(&to);
                (from, aws)
            })
        })
    }
}

/// Builds the function's program, with zig as the linker: it can link with any version of the C
/// library.
fn build(workspace: &Workspace) -> Command {
    let mut cargo = workspace.cargo();
    cargo
        .args(["zigbuild", "--release", "--package", "relay"])
        .args(["--features", "aws"])
        .args(["--target", &format!("{TARGET}.{GLIBC}")]);
    cargo
}

/// Checks that the function can be built on this machine.
fn ensure_target() -> Result<()> {
    let compiler = Compiler::find()?;
    if !compiler.sysroot.join("lib/rustlib").join(TARGET).is_dir() {
        bail!(
            "the function is built for another target: run `rustup target add {TARGET}` and start again"
        );
    }
    if process::find("cargo-zigbuild").is_none() {
        bail!(
            "the function is built for another target: run `pip install cargo-zigbuild` and start again"
        );
    }
    Ok(())
}

/// Sorts the page's files by how they are uploaded. Of a file with a brotli copy only that is
/// uploaded: every browser that can run the game supports it, and the CDN does not compress files as
/// large as the game.
fn sort(page: &Path, site: &Path) -> Result<()> {
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

/// Whether the name contains a digest of the content, as the names from [`web`] do.
fn is_hashed(name: &Path) -> bool {
    let stem = name.file_stem().and_then(|stem| stem.to_str());
    stem.and_then(|stem| stem.rsplit_once('-'))
        .is_some_and(|(_, hash)| {
            hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
}

/// The id of the account that `aws` is configured for.
fn account(region: Option<&str>) -> Result<String> {
    if process::find("aws").is_none() {
        bail!("install AWS's command line, `pip install awscli`, and configure it");
    }
    let mut aws = Command::new("aws");
    if let Some(region) = region {
        aws.args(["--region", region]);
    }
    aws.args(["sts", "get-caller-identity", "--query", "Account"])
        .args(["--output", "text"]);
    Ok(process::output(&mut aws)?.trim().to_owned())
}

fn configured_region() -> Option<String> {
    let named = ["AWS_REGION", "AWS_DEFAULT_REGION"].map(|name| std::env::var(name).ok());
    let configured = || {
        process::output(Command::new("aws").args(["configure", "get", "region"]))
            .ok()
            .map(|region| region.trim().to_owned())
    };
    named.into_iter().flatten().next().or_else(configured)
}

/// Asks the user; an empty answer means `default`.
fn ask(question: &str, default: &str) -> Result<String> {
    let mut out = io::stdout().lock();
    write!(out, "{question} [{default}]: ").and_then(|()| out.flush())?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(match answer.trim() {
        "" => default.to_owned(),
        answer => answer.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_names_every_command_and_runs_none() {
        let workspace = Workspace {
            root: "/game".into(),
            target: "/target".into(),
        };
        let deployment = Deployment {
            folder: workspace.folder("deploy"),
            stack: "duel".to_owned(),
            region: "eu-west-1".to_owned(),
            account: ACCOUNT.to_owned(),
        };
        let plan = deployment.plan(&workspace);
        let commands: Vec<_> = plan.iter().filter(|line| !line.starts_with('#')).collect();
        for expected in [
            "zigbuild --release --package relay --features aws --target aarch64-unknown-linux-gnu.2.34",
            "cargo xtask web",
            "s3 mb s3://duel-code-ACCOUNT-eu-west-1",
            "cloudformation deploy --stack-name duel",
            "--cache-control 'public, max-age=31536000, immutable' --content-encoding br /target/lastwill/deploy/site/hashed/br s3://SITE_BUCKET/",
        ] {
            let known = commands.iter().filter(|line| line.contains(expected));
            assert_eq!(known.count(), 1, "{expected}: {plan:#?}");
        }
        assert!(!workspace.target.exists());
    }

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
