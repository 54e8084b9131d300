use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use client::lobby::Client;
use tempfile::TempDir;

use relay_testing::port;

/// `relay serve` in a process of its own, to be killed and restarted with the same folder and ports.
pub(crate) struct Killable {
    process: Child,
    http: SocketAddr,
    mqtt: SocketAddr,
    data: TempDir,
}

impl Killable {
    pub(crate) fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let (http, mqtt) = (port::free(), port::free());
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

/// Starts it, and waits until it serves.
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
