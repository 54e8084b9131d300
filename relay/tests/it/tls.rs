//! With certificates of the tests' own authority, and two programs that are told to trust it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use protocol::{Epoch, Ticket, Topic};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use relay::tls::Tls;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, EventLoop, MqttOptions};
use rumqttc::{TlsConfiguration, Transport};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::default_match::LastWill;
use crate::third_party::next5;
use relay_testing::eventually;
use relay_testing::server::TestRelay;

/// A certificate for this machine by an authority of its own, in files.
struct Papers {
    folder: TempDir,
}

impl Papers {
    fn new() -> Self {
        let papers = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        papers.issue();
        papers
    }

    /// Writes new ones, by a new authority.
    fn issue(&self) {
        let authority_key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::new([]).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = authority.self_signed(&authority_key).unwrap();
        let authority = Issuer::new(authority, authority_key);
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(["127.0.0.1".into()])
            .unwrap()
            .signed_by(&key, &authority)
            .unwrap();
        fs::write(self.authority(), root.pem()).unwrap();
        fs::write(self.certificate(), certificate.pem()).unwrap();
        fs::write(self.key(), key.serialize_pem()).unwrap();
    }

    fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    fn root(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.authority()).unwrap()
    }

    fn open(&self) -> Arc<Tls> {
        Arc::new(Tls::open(&self.certificate(), &self.key()).unwrap())
    }
}

async fn rig(tls: &Arc<Tls>) -> TestRelay {
    TestRelay::start_with(|options| options.tls = Some(Arc::clone(tls))).await
}

/// A client's configuration that trusts this authority alone.
fn trusting(root: CertificateDer<'static>) -> TlsConfiguration {
    let mut roots = RootCertStore::empty();
    roots.add(root).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConfiguration::Rustls(Arc::new(config))
}

/// Opens a match over HTTPS.
async fn host(rig: &TestRelay, root: CertificateDer<'static>) -> Result<Ticket, ureq::Error> {
    let url = format!("{}/api/matches", rig.server.url());
    tokio::task::spawn_blocking(move || {
        let root = ureq::tls::Certificate::from_der(&root).to_owned();
        let tls = ureq::tls::TlsConfig::builder()
            .root_certs(ureq::tls::RootCerts::new_with_certs(&[root]))
            .build();
        let agent =
            ureq::Agent::new_with_config(ureq::Agent::config_builder().tls_config(tls).build());
        let wish =
            json!({ "rules": headless::rules(), "name": "Test", "max_players": 8, "public": true });
        let mut answer = agent
            .post(url)
            .content_type("application/json")
            .send(wish.to_string())?;
        let ticket: Value = serde_json::from_str(&answer.body_mut().read_to_string()?).unwrap();
        Ok(serde_json::from_value(ticket).unwrap())
    })
    .await
    .unwrap()
}

fn over(ticket: &Ticket, tls: TlsConfiguration, websocket: bool) -> (AsyncClient, EventLoop) {
    let access = &ticket.mqtt;
    let mut options = if websocket {
        assert!(access.ws.starts_with("wss://127.0.0.1:"), "{}", access.ws);
        let mut options = MqttOptions::new(&access.client_id, &access.ws, 0);
        options.set_transport(Transport::Wss(tls));
        options
    } else {
        let address = access.tcp.as_deref().unwrap();
        let address = address.strip_prefix("mqtts://").unwrap();
        let (host, port) = address.rsplit_once(':').unwrap();
        let mut options = MqttOptions::new(&access.client_id, host, port.parse().unwrap());
        options.set_transport(Transport::Tls(tls));
        options
    };
    let login = access.login.as_ref().unwrap();
    options.set_credentials(&login.username, &login.password);
    options.set_keep_alive(Duration::from_secs(60));
    AsyncClient::new(options, 16)
}

/// Whether a client that trusts `root` gets back what it publishes.
async fn is_served(ticket: &Ticket, root: CertificateDer<'static>, websocket: bool) -> bool {
    let (client, mut events) = over(ticket, trusting(root), websocket);
    let delta = Topic::Delta(ticket.match_id, Epoch(0)).to_string();
    client.subscribe(&delta, QoS::AtMostOnce).await.unwrap();
    let payload = vec![7; 4_000];
    client
        .publish(&delta, QoS::AtMostOnce, false, payload.clone())
        .await
        .unwrap();
    let publish = |packet| match packet {
        Packet::Publish(publish) => Some(publish.payload),
        _ => None,
    };
    next5(&mut events, publish)
        .await
        .is_some_and(|received| received == payload)
}

#[tokio::test(flavor = "multi_thread")]
async fn https_wss_and_mqtts_are_served_to_clients_that_trust_the_certificate() {
    let papers = Papers::new();
    let rig = rig(&papers.open()).await;
    let ticket = host(&rig, papers.root()).await.unwrap();
    let stranger = Papers::new().root();
    for websocket in [false, true] {
        assert!(is_served(&ticket, papers.root(), websocket).await);
        assert!(!is_served(&ticket, stranger.clone(), websocket).await);
    }
    assert!(host(&rig, stranger).await.is_err());
    rig.server.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_connections_to_tls_ports_are_closed() {
    let papers = Papers::new();
    let rig = rig(&papers.open()).await;
    let ticket = host(&rig, papers.root()).await.unwrap();
    let (_client, mut events) = crate::third_party::v5(&rig, &ticket);
    assert!(next5(&mut events, Some).await.is_none());
    let plain = rig.server.url().replace("https://", "http://");
    let asked = tokio::task::spawn_blocking(move || ureq::get(plain).call());
    assert!(asked.await.unwrap().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_read_while_the_relay_runs() {
    let papers = Papers::new();
    let tls = papers.open();
    let rig = rig(&tls).await;
    let old = papers.root();
    let ticket = host(&rig, old.clone()).await.unwrap();
    papers.issue();
    assert!(is_served(&ticket, old.clone(), false).await);
    tls.reload().unwrap();
    assert!(is_served(&ticket, papers.root(), false).await);
    assert!(!is_served(&ticket, old, false).await);

    fs::write(papers.key(), "damaged").unwrap();
    tls.reload().unwrap_err();
    assert!(is_served(&ticket, papers.root(), true).await);
}

#[track_caller]
fn check_error(certificate: &Path, key: &Path, words: &str) {
    let error = Tls::open(certificate, key).unwrap_err().to_string();
    assert!(error.contains(words), "{error}");
}

#[test]
fn bad_files_are_named() {
    let (papers, others) = (Papers::new(), Papers::new());
    let (certificate, key) = (papers.certificate(), papers.key());
    let nowhere = papers.folder.path().join("nowhere.pem");
    check_error(&nowhere, &key, "cannot read the certificate in ");
    check_error(&certificate, &nowhere, "cannot read the private key in ");
    check_error(&key, &key, "holds no certificate");
    check_error(
        &certificate,
        &certificate,
        "cannot read the private key in ",
    );
    check_error(&certificate, &others.key(), "cannot be used together");
}

fn relay(papers: Option<&Papers>, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relay"));
    command.args(arguments).stderr(Stdio::piped());
    match papers {
        Some(papers) => command.env("SSL_CERT_FILE", papers.authority()),
        None => command.env_remove("SSL_CERT_FILE"),
    };
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn the_programs_play_over_tls_if_the_system_trusts_the_authority() {
    let papers = Papers::new();
    let tls = papers.open();
    let rig = TestRelay::start_with(|options| {
        options.tls = Some(Arc::clone(&tls));
        options.default_match = Some(Arc::new(LastWill { bots: 2 }));
    })
    .await;
    let url = rig.server.url();
    assert!(url.starts_with("https://"));
    // The house plays on the same relay.
    let broker = rig.broker();
    eventually("the house match runs", || broker.counters().messages_in > 2).await;

    let (rig, report) = tokio::task::spawn_blocking(move || {
        let mut host = relay(Some(&papers), &["host", "--url", &url, "--name", "Private"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = std::io::BufReader::new(host.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut out, &mut line).unwrap();
        let code = line.trim().rsplit_once('#').unwrap().1.to_owned();
        let bots = ["bots", "--url", &url, "--code", &code, "--seconds", "6"];
        let report = relay(Some(&papers), &bots).output().unwrap();
        host.kill().unwrap();
        host.wait().unwrap();

        let refused = relay(None, &["host", "--url", &url]).output().unwrap();
        let words = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success(), "{words}");
        assert!(words.contains("certificate"), "{words}");
        (rig, report)
    })
    .await
    .unwrap();
    let out = String::from_utf8(report.stdout).unwrap();
    assert!(report.status.success(), "{out}");
    assert!(out.contains("1/1 playing"), "{out}");
    rig.server.shut_down().await;
}
