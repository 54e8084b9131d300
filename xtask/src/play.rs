//! Builds everything and runs the relay on this machine: one command from a clone to a match.
//!
//! Non-goals: serving, which is the relay's work; this starts it, prints its addresses and ends it.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use qrcode::QrCode;
use qrcode::render::unicode;

use crate::process::{self, say};
use crate::web;
use crate::workspace::Workspace;

/// How many of the following ports are tried if the wanted one is taken.
const PORTS_TO_TRY: u16 = 20;

/// Bots in the match that is always open.
const DEFAULT_MATCH_BOTS: &str = "6";

/// The longest time until the relay's first answer.
const START_LIMIT: Duration = Duration::from_secs(30);

/// The longest time that the relay may take to end.
const END_LIMIT: Duration = Duration::from_secs(5);

/// How to serve.
#[derive(Args)]
pub(crate) struct Options {
    /// The port of the page; the next free one if it is taken.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The port of MQTT over TCP, for native clients; the next free one if it is taken.
    #[arg(long, default_value_t = 1883)]
    mqtt: u16,
    /// Open the page in this machine's browser.
    #[arg(long)]
    open: bool,
}

/// Serves until it is interrupted.
///
/// # Errors
/// Something does not compile, or the relay ends by itself.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let (interrupt, interrupted) = mpsc::channel();
    let web = web::build(workspace)?;
    say("Compiling the relay …");
    process::run(
        workspace
            .cargo()
            .args(["build", "--release", "--package", "relay"])
            // Without AWS, which takes a third of the crates.
            .args(["--no-default-features", "--features", "program"]),
    )?;
    ctrlc::set_handler(move || _ = interrupt.send(())).context("cannot handle interrupts")?;

    let port = free_port(options.port, "the page")?;
    let mqtt = free_port(options.mqtt, "MQTT")?;
    let mut relay = Command::new(workspace.target.join("release/relay"))
        .arg("serve")
        .args(["--listen", &format!("0.0.0.0:{port}")])
        .args(["--mqtt", &format!("0.0.0.0:{mqtt}")])
        .arg("--data")
        .arg(workspace.root.join(".lastwill"))
        .arg("--web")
        .arg(web)
        .args(["--default-match", DEFAULT_MATCH_BOTS])
        .stdin(Stdio::null())
        // The addresses are printed here; errors go to the standard error.
        .stdout(Stdio::null())
        .spawn()
        .context("cannot start the relay")?;

    let served = serve(&mut relay, port, mqtt, options.open, &interrupted);
    let ended = end(&mut relay);
    served?;
    ended
}

/// Waits until the relay answers, prints its addresses, then waits for an interrupt.
fn serve(
    relay: &mut Child,
    port: u16,
    mqtt: u16,
    open: bool,
    interrupted: &mpsc::Receiver<()>,
) -> Result<()> {
    let started = Instant::now();
    while !answers(port) {
        if let Some(status) = relay.try_wait()? {
            bail!("the relay ended while it started ({status}); see its last lines");
        }
        if started.elapsed() > START_LIMIT {
            bail!("the relay does not answer on port {port}");
        }
        if pause(interrupted) {
            return Ok(());
        }
    }
    announce(port, mqtt)?;
    if open {
        open_browser(&local_link(port));
    }
    while !pause(interrupted) {
        if let Some(status) = relay.try_wait()? {
            return unexpected(status);
        }
    }
    say("Ending …");
    Ok(())
}

fn unexpected(status: ExitStatus) -> Result<()> {
    bail!("the relay has ended ({status}); see its last lines")
}

/// Waits for 100 ms; returns early with `true` if the user interrupts.
fn pause(interrupted: &mpsc::Receiver<()>) -> bool {
    !matches!(
        interrupted.recv_timeout(Duration::from_millis(100)),
        Err(RecvTimeoutError::Timeout)
    )
}

/// Asks the relay to end; kills it if it does not within [`END_LIMIT`].
fn end(relay: &mut Child) -> Result<()> {
    // Ctrl-C in a terminal reaches the relay too; an interrupt from elsewhere does not.
    let asked = Command::new("kill")
        .arg(relay.id().to_string())
        .stderr(Stdio::null())
        .status();
    if asked.is_ok_and(|status| status.success()) {
        let deadline = Instant::now() + END_LIMIT;
        while Instant::now() < deadline {
            if relay.try_wait()?.is_some() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    drop(relay.kill());
    relay.wait().context("cannot end the relay")?;
    Ok(())
}

/// The wanted port if it is free, or else the next free one.
fn free_port(wanted: u16, purpose: &str) -> Result<u16> {
    for port in wanted..=wanted.saturating_add(PORTS_TO_TRY) {
        match TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)) {
            Ok(_) if port == wanted => return Ok(port),
            Ok(_) => {
                say(format!("Port {wanted} is taken: {purpose} is on {port}."));
                return Ok(port);
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => {
                return Err(error).with_context(|| format!("cannot use port {port} for {purpose}"));
            }
        }
    }
    bail!(
        "the ports {wanted} to {} are all taken: give {purpose} another one",
        wanted.saturating_add(PORTS_TO_TRY)
    )
}

/// Whether the relay's health check succeeds.
fn answers(port: u16) -> bool {
    let health = || -> io::Result<bool> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer.split_whitespace().nth(1) == Some("200"))
    };
    health().unwrap_or(false)
}

fn local_link(port: u16) -> String {
    format!("http://localhost:{port}/")
}

fn announce(port: u16, mqtt: u16) -> Result<()> {
    say("");
    say(format!("  Last Will is on   {}", local_link(port)));
    if let Some(address) = lan_address() {
        let link = format!("http://{address}:{port}/");
        say(format!("  in your network   {link}"));
        say(format!(
            "  native clients    cargo run -p game -- --url {link}"
        ));
        say(format!("  MQTT over TCP     {address}:{mqtt}"));
        say("");
        let code = QrCode::new(&link).context("the link is too long for a QR code")?;
        // Most terminals are dark, but scanners need dark on light.
        say(code
            .render::<unicode::Dense1x2>()
            .dark_color(unicode::Dense1x2::Light)
            .light_color(unicode::Dense1x2::Dark)
            .build());
    }
    say("");
    say("  Ctrl-C ends it.");
    say("");
    Ok(())
}

/// This machine's address in the local network, if there is one.
fn lan_address() -> Option<IpAddr> {
    // Connecting a UDP socket sends nothing; it only selects a route.
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

fn open_browser(link: &str) {
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let opened = Command::new(opener)
        .arg(link)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if opened.is_err() {
        say(format!(
            "{opener} is not installed: open {link} in a browser."
        ));
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::free_port;

    #[test]
    fn a_taken_port_yields_a_later_one() {
        let taken = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).expect("a port is free");
        let port = taken.local_addr().expect("it is bound").port();
        let next = free_port(port, "the test").expect("one of the next ports is free");
        assert!(next > port);
    }
}
