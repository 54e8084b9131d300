//! A cluster of brokers on this machine: three nodes of the package `cluster/`, which is a workspace
//! of its own, for a person to try and for the relay's tests.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use anyhow::{Context as _, Result, bail};

use crate::packages;
use crate::process::{self, say};
use crate::workspace::{self, Workspace};

/// Nodes of a cluster.
const NODES: usize = 3;

/// Runs the relay's tests that play on a cluster.
///
/// # Errors
/// Something does not compile, or a test failed.
pub(crate) fn test(workspace: &Workspace) -> Result<()> {
    let node = build(workspace)?;
    process::run(
        workspace
            .cargo()
            .arg("test")
            .args(workspace::EVERYTHING)
            .args(["--test", "cluster"])
            .env("LASTWILL_CLUSTER_NODE", node),
    )
}

/// Runs a cluster until it is interrupted.
///
/// # Errors
/// Something does not compile, or a node does not start.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let (interrupt, interrupted) = mpsc::channel();
    let node = build(workspace)?;
    ctrlc::set_handler(move || _ = interrupt.send(())).context("cannot listen for an interrupt")?;
    let key = key(&workspace.folder("cluster"))?;

    let mut nodes = Nodes(Vec::new());
    let addresses = nodes.start(&node, &key)?;
    announce(&nodes, &addresses, &key);
    interrupted.recv().context("nobody can interrupt")?;
    Ok(())
}

/// Builds a node; yields its program.
fn build(workspace: &Workspace) -> Result<PathBuf> {
    packages::protobuf_compiler()?;
    let target = workspace.folder("cluster/target");
    say("Compiling the cluster's node …");
    process::run(
        workspace
            .cargo()
            .args(["build", "--quiet", "--locked", "--manifest-path"])
            .arg(workspace.root.join("cluster/Cargo.toml"))
            .arg("--target-dir")
            .arg(&target),
    )?;
    Ok(target.join("debug/node"))
}

/// The secret that relay and nodes share; a new one if there is none.
fn key(folder: &Path) -> Result<PathBuf> {
    let path = folder.join("token.key");
    if !path.is_file() {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).context("the system gives no random numbers")?;
        let text: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, text))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(path)
}

/// Running nodes; dropping them ends them.
struct Nodes(Vec<Child>);

impl Nodes {
    /// Starts all, and yields where each takes clients.
    fn start(&mut self, program: &Path, key: &Path) -> Result<Vec<String>> {
        let peers = free_addresses()?;
        let peers: Vec<_> = (1..)
            .zip(peers)
            .map(|(number, address)| format!("{number}@{address}"))
            .collect();
        for number in 1..=NODES {
            let mut command = Command::new(program);
            command
                .args(["--id", &number.to_string()])
                .arg("--key")
                .arg(key)
                .stdin(Stdio::null())
                .stdout(Stdio::piped());
            for peer in &peers {
                command.args(["--peer", peer]);
            }
            self.0.push(command.spawn().context("cannot start a node")?);
        }
        self.0.iter_mut().map(addresses).collect()
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        for node in &mut self.0 {
            // In a terminal Ctrl-C may have ended it already.
            drop(node.kill());
            drop(node.wait());
        }
    }
}

/// Where a node takes clients, as it says once it does.
fn addresses(node: &mut Child) -> Result<String> {
    let stdout = node.stdout.take().context("a node's output is gone")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    if line.trim().is_empty() {
        bail!("a node did not start: its last lines say why");
    }
    Ok(line)
}

/// Addresses that were free a moment ago.
fn free_addresses() -> Result<Vec<SocketAddr>> {
    let listeners: Vec<_> = (0..NODES)
        .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
        .collect::<Result<_, _>>()
        .context("no port is free")?;
    let addresses = listeners.iter().map(TcpListener::local_addr);
    Ok(addresses.collect::<Result<_, _>>()?)
}

fn announce(nodes: &Nodes, addresses: &[String], key: &Path) {
    say("");
    for (node, addresses) in nodes.0.iter().zip(addresses) {
        say(format!("  process {:<8} {}", node.id(), addresses.trim()));
    }
    say("");
    say("  A relay whose matches run on them:");
    say("");
    say("cargo run --release -p relay -- serve --broker external \\");
    for address in addresses.iter().flat_map(|line| line.split_whitespace()) {
        say(format!("    --broker-url {address} \\"));
    }
    say(format!("    --token-key {}", key.display()));
    say("");
    say("  `kill` one of the processes and see its players come back on another.");
    say("  Ctrl-C ends all.");
    say("");
}
