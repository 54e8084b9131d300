use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{self, Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use shared::lobby::Client;
use tempfile::TempDir;

/// `relay serve` in a process of its own, to be killed: always in the same folder and on the same
/// ports.
pub(crate) struct Killable {
    process: Child,
    http: SocketAddr,
    mqtt: SocketAddr,
    data: TempDir,
}

impl Killable {
    pub(crate) fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let (http, mqtt) = (free_port(), free_port());
        Self {
            process: serve(data.path(), http, mqtt),
            http,
            mqtt,
            data,
        }
    }

    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts it again; it has been killed.
    pub(crate) fn restart(&mut self) {
        self.process = serve(self.data.path(), self.http, self.mqtt);
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&format!("http://{}", self.http))
    }

    pub(crate) fn data(&self) -> &Path {
        self.data.path()
    }
}

impl Drop for Killable {
    fn drop(&mut self) {
        // It fails only if it has been killed already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port that nobody listens on, below those that systems give to outgoing connections: one of
/// these, even a closed one, could keep the port from the relay that starts again.
fn free_port() -> SocketAddr {
    static TRIED: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = process::id().wrapping_add(TRIED.fetch_add(1, Ordering::Relaxed));
        let port = 10_000 + number.wrapping_mul(0x9e37_79b9) % 20_000;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port as u16));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// Serves once it has said so.
fn serve(data: &Path, http: SocketAddr, mqtt: SocketAddr) -> Child {
    let mut process = Command::new(env!("CARGO_BIN_EXE_relay"))
        .args(["serve", "--message-rate", "0", "--unlimited"])
        .args(["--listen", &http.to_string(), "--mqtt", &mqtt.to_string()])
        .arg("--data")
        .arg(data)
        .arg("--web")
        .arg(data.join("web"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let told = BufReader::new(process.stdout.take().unwrap()).lines();
    let told: Vec<_> = told.take(2).collect::<Result<_, _>>().unwrap();
    assert_eq!(told.len(), 2, "the relay should serve");
    process
}
