use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use relay::broker::external::Nodes;
use tempfile::TempDir;

use relay_testing::port;

/// The variable that names the program.
const PROGRAM: &str = "LASTWILL_CLUSTER_NODE";

/// What relay and nodes know of each other, and how clients reach them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Setup {
    /// HS256, and over TCP.
    SecretOverTcp,
    /// ES256, whose public half the nodes know; and over WebSocket.
    KeyPairOverWebSocket,
}

/// Three nodes on ports of their own. Dropping it ends them.
pub(crate) struct Cluster {
    nodes: [Node; 3],
    folder: TempDir,
    setup: Setup,
}

struct Node {
    tcp: SocketAddr,
    ws: SocketAddr,
    peers: SocketAddr,
    process: Option<Child>,
}

impl Cluster {
    /// No node runs yet.
    pub(crate) fn planned(setup: Setup) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let secret = "known to the relay and to each node";
        fs::write(folder.path().join("secret"), secret).unwrap();
        Self {
            nodes: [(); 3].map(|()| Node {
                tcp: port::free(),
                ws: port::free(),
                peers: port::free(),
                process: None,
            }),
            folder,
            setup,
        }
    }

    /// Starts all nodes; they have been killed, or never ran.
    pub(crate) fn start(&mut self) {
        let peers: Vec<_> = (1..).zip(&self.nodes).map(peer).collect();
        let key = match self.setup {
            Setup::SecretOverTcp => self.folder.path().join("secret"),
            Setup::KeyPairOverWebSocket => fixture("ec.public.pem"),
        };
        for (number, node) in (1..).zip(&mut self.nodes) {
            node.process = Some(spawn(number, node, &peers, &key));
        }
        for node in &mut self.nodes {
            let process = node.process.as_mut().unwrap();
            let mut told = String::new();
            BufReader::new(process.stdout.take().unwrap())
                .read_line(&mut told)
                .unwrap();
            assert!(
                told.contains(&node.tcp.to_string()),
                "it should serve: {told:?}"
            );
        }
    }

    pub(crate) fn kill(&mut self, node: usize) {
        let mut process = self.nodes[node].process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    pub(crate) fn kill_all(&mut self) {
        for node in 0..self.nodes.len() {
            self.kill(node);
        }
    }

    /// What the relay signs tokens with.
    pub(crate) fn relay_key(&self) -> PathBuf {
        match self.setup {
            Setup::SecretOverTcp => self.folder.path().join("secret"),
            Setup::KeyPairOverWebSocket => fixture("ec.pem"),
        }
    }

    /// The addresses that tickets are to name.
    pub(crate) fn nodes(&self) -> Nodes {
        let addresses = self.nodes.iter().flat_map(|node| {
            let tcp = match self.setup {
                Setup::SecretOverTcp => Some(format!("mqtt://{}", node.tcp)),
                Setup::KeyPairOverWebSocket => None,
            };
            tcp.into_iter().chain([format!("ws://{}/mqtt", node.ws)])
        });
        Nodes::new(addresses.map(|address| address.parse().unwrap())).unwrap()
    }

    /// Where a node takes MQTT over TCP.
    pub(crate) fn tcp(&self, node: usize) -> SocketAddr {
        self.nodes[node].tcp
    }

    /// The node at an address of a ticket.
    pub(crate) fn find(&self, address: &str) -> usize {
        let at = |node: &Node| {
            [node.tcp, node.ws]
                .iter()
                .any(|own| address.contains(&own.to_string()))
        };
        self.nodes.iter().position(at).unwrap()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for process in self
            .nodes
            .iter_mut()
            .filter_map(|node| node.process.as_mut())
        {
            // It fails only if it has ended already.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn peer((number, node): (u64, &Node)) -> String {
    format!("{number}@{}", node.peers)
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/keys")
        .join(name)
}

fn spawn(number: u64, node: &Node, peers: &[String], key: &Path) -> Child {
    let program = env::var_os(PROGRAM).unwrap_or_else(|| {
        panic!("these tests need a broker: run them by `cargo xtask test --only cluster`")
    });
    let mut command = Command::new(program);
    command
        .args(["--id", &number.to_string()])
        .args(["--tcp", &node.tcp.to_string(), "--ws", &node.ws.to_string()])
        .arg("--key")
        .arg(key);
    for peer in peers {
        command.args(["--peer", peer]);
    }
    command.stdout(Stdio::piped()).spawn().unwrap()
}
