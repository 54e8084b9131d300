//! Runs a cluster of three brokers on this machine, to try it and for the relay's tests. A node is the
//! program of the package `cluster/`, which is a workspace of its own.

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

/// The number of nodes.
const NODES: usize = 3;

/// Runs the relay's tests that need a cluster.
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
    ctrlc::set_handler(move || _ = interrupt.send(())).context("cannot handle interrupts")?;
    let key = key(&workspace.folder("cluster"))?;

    let mut nodes = Nodes(Vec::new());
    let addresses = nodes.start(&node, &key)?;
    announce(&nodes, &addresses, &key);
    interrupted
        .recv()
        .context("the interrupt handler is gone")?;
    Ok(())
}

/// Builds a node's program and returns its path.
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

/// The file with the secret that the relay and the nodes share; created if it does not exist.
fn key(folder: &Path) -> Result<PathBuf> {
    let path = folder.join("token.key");
    if !path.is_file() {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).context("the system provides no random numbers")?;
        let text: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, text))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(path)
}

/// Running nodes; they are killed on drop.
struct Nodes(Vec<Child>);

impl Nodes {
    /// Starts all nodes and returns the addresses at which each accepts clients.
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
            // Ctrl-C in a terminal may have ended it already.
            drop(node.kill());
            drop(node.wait());
        }
    }
}

/// The addresses at which a node accepts clients. It prints them when it does.
fn addresses(node: &mut Child) -> Result<String> {
    let stdout = node
        .stdout
        .take()
        .context("a node has no standard output")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    if line.trim().is_empty() {
        bail!("a node did not start; see its last lines");
    }
    Ok(line)
}

/// Addresses that were free when this was called.
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
    say("  To start a relay that uses them:");
    say("");
    say("cargo run --release -p relay -- serve --broker external \\");
    for address in addresses.iter().flat_map(|line| line.split_whitespace()) {
        say(format!("    --broker-url {address} \\"));
    }
    say(format!("    --token-key {}", key.display()));
    say("");
    say("  `kill` one of the processes: its players reconnect to another.");
    say("  Ctrl-C ends them.");
    say("");
}
