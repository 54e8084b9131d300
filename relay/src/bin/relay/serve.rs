//! `relay serve`: its options, and the process's lifetime.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::http::HeaderValue;
use clap::{Args, ValueEnum};
use relay::broker::embedded::Profile;
use relay::broker::external::{External, Node, Nodes};
use relay::serve::{Listeners, MESSAGES_PER_SECOND, Options, Server, Storage, bind_http};
use relay::tls::Tls;
use relay::token::Signer;

use crate::accounts::Accounts;
use crate::default_match::LastWill;
use crate::{announcements, aws, interrupted, say};

#[derive(Args)]
pub(crate) struct Serve {
    /// Where to serve the page, the lobby API and MQTT over WebSocket.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The broker of the matches.
    #[arg(long, value_enum, default_value_t = BrokerKind::Embedded)]
    broker: BrokerKind,
    /// An address of a node of the external broker: mqtt://host:port, or ws://host:port/mqtt or
    /// wss://… for browsers; to be given for each.
    #[arg(long, value_name = "URL", required_if_eq("broker", "external"))]
    broker_url: Vec<Node>,
    /// A file with the key that tokens are signed with, which an external broker knows too: a
    /// secret of 32 characters or more (HS256), or a private key in PEM (RS256 or ES256), whose
    /// public half is then at /.well-known/jwks.json. The relay makes itself one if left out.
    #[arg(long, value_name = "FILE", required_if_eq("broker", "external"))]
    token_key: Option<PathBuf>,
    /// Where the embedded broker serves MQTT over TCP.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:1883")]
    mqtt: SocketAddr,
    /// The folder of the signing key and of matches.
    #[arg(long, value_name = "DIR", default_value = ".lastwill")]
    data: PathBuf,
    /// Where to keep matches.
    #[arg(long, value_enum, default_value_t = StoreKind::File)]
    store: StoreKind,
    /// The table of Amazon DynamoDB to keep matches in, with `--store dynamodb`.
    #[arg(
        long,
        value_name = "NAME",
        env = "LASTWILL_TABLE",
        required_if_eq("store", "dynamodb")
    )]
    table: Option<String>,
    /// The folder of the built browser client.
    #[arg(long, value_name = "DIR", default_value = "web")]
    web: PathBuf,
    /// Bots in the default match, which is always open; 0 for no such match.
    #[arg(long = "default-match", alias = "house", value_name = "BOTS", default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=32))]
    default_match_bots: u8,
    /// The base URL for clients, such as https://play.example; by default that of each request.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Messages per second that the embedded broker accepts from a connection; 0 for no limit.
    #[arg(long, value_name = "N", default_value_t = MESSAGES_PER_SECOND)]
    message_rate: u32,
    /// The limits that the embedded broker enforces; AWS's replace --message-rate.
    #[arg(long, value_enum, default_value_t = Profile::Own)]
    profile: Profile,
    /// A topic of Amazon SNS whose messages are announced to all clients; may be given more than
    /// once. With --public-url the relay subscribes its /sns to it.
    #[arg(long, value_name = "ARN")]
    sns_topic: Vec<String>,
    /// Another page's origin, such as https://play.example, that may call the lobby API; may be
    /// given more than once.
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<HeaderValue>,
    /// Requests come through a proxy: limit the address in its X-Forwarded-For instead of its own.
    #[arg(long)]
    behind_proxy: bool,
    /// A file with the operator's token, 16 characters or more: its holder may end any match and
    /// publish announcements, see /api/operator.
    #[arg(long, value_name = "FILE")]
    operator_token: Option<PathBuf>,
    #[command(flatten)]
    accounts: Accounts,
    /// A file with the certificate, in PEM, to serve HTTPS, WSS and MQTTS with; it is read again on
    /// SIGHUP.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// A file with the certificate's private key, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Do not limit the rate of calls of the lobby API, for load tests.
    #[arg(long)]
    unlimited: bool,
    #[command(flatten)]
    aws: aws::Options,
}

/// A kind of broker.
#[derive(Clone, Copy, ValueEnum)]
enum BrokerKind {
    /// One in this program.
    Embedded,
    /// An external cluster that accepts a JWT with an access list as password, such as EMQX or RMQTT.
    External,
    /// AWS IoT Core; credentials and region are found as by AWS's own tools.
    Aws,
}

/// A kind of match store.
#[derive(Clone, Copy, ValueEnum)]
enum StoreKind {
    /// A database in the data folder: matches go on after a restart.
    File,
    /// Memory: matches end with the relay.
    Memory,
    /// A table of Amazon DynamoDB: matches go on after a restart, on any machine.
    Dynamodb,
}

impl StoreKind {
    async fn storage(self, table: Option<String>) -> Result<Storage> {
        Ok(match self {
            Self::File => Storage::File,
            Self::Memory => Storage::Memory,
            Self::Dynamodb => {
                let table = table.context("name a table with --table")?;
                Storage::Opened(aws::open_table(&table).await?)
            }
        })
    }
}

impl Serve {
    /// Serves until it is interrupted.
    pub(crate) async fn run(self) -> Result<()> {
        let sns = announcements(self.sns_topic.clone());
        let public_url = self.public_url.clone();
        let tls = match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => Some(Arc::new(Tls::open(certificate, key)?)),
            _ => None,
        };
        let relay = Options {
            data: self.data,
            token_key: self.token_key,
            storage: self.store.storage(self.table).await?,
            web: self.web,
            default_match: (self.default_match_bots > 0).then(|| {
                let host = LastWill {
                    bots: self.default_match_bots,
                };
                Arc::new(host) as _
            }),
            public_url: self.public_url,
            messages_per_second: self.message_rate,
            profile: self.profile,
            sns,
            limited: !self.unlimited,
            behind_proxy: self.behind_proxy,
            origins: self.allow_origin,
            operator_token: self.operator_token.map(read_token).transpose()?,
            issuer: self.accounts.issuer()?,
            guests_may_host: self.accounts.guests_may_host,
            tls: tls.clone(),
        };
        let server = match self.broker {
            BrokerKind::Embedded => {
                let listeners = Listeners::bind(self.listen, self.mqtt).await?;
                Server::start(listeners, relay).await?
            }
            BrokerKind::External => {
                let http = bind_http(self.listen).await?;
                let key = relay
                    .token_key
                    .as_deref()
                    .context("name a key with --token-key")?;
                let signer = Arc::new(Signer::read(key)?);
                let nodes = Nodes::new(self.broker_url)?;
                say(&format!("the matches run on {nodes}"));
                let cluster = External::open(nodes, signer)?;
                Server::start_on(Arc::new(cluster), http, relay).await?
            }
            BrokerKind::Aws => {
                let http = bind_http(self.listen).await?;
                let (broker, address) = self.aws.connect().await?;
                say(&format!("the matches run on {address}"));
                Server::start_on(broker, http, relay).await?
            }
        };
        say(&format!("serving Last Will on {}/", server.url()));
        if let Some(address) = server.mqtt_address() {
            say(&format!("serving MQTT over TCP on {address}"));
        }
        if let Some(public_url) = public_url {
            aws::subscribe(&self.sns_topic, &public_url).await;
        }
        match tls {
            Some(tls) => tokio::select! {
                interrupted = interrupted() => interrupted?,
                failed = follow(&tls) => failed?,
            },
            None => interrupted().await?,
        }
        server.shut_down().await;
        Ok(())
    }
}

/// Reads the certificate again on SIGHUP.
async fn follow(tls: &Tls) -> Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut hangup = signal(SignalKind::hangup()).context("cannot listen for signals")?;
        while hangup.recv().await.is_some() {
            match tls.reload() {
                Ok(()) => say("the certificate has been read again"),
                Err(error) => {
                    let error = anyhow::Error::new(error);
                    tracing::error!("the old certificate stays: {error:#}");
                }
            }
        }
    }
    #[cfg(not(unix))]
    let _ = tls;
    std::future::pending().await
}

/// The operator's token in this file.
fn read_token(file: PathBuf) -> Result<String> {
    let text = std::fs::read_to_string(&file)
        .with_context(|| format!("cannot read the operator's token in {}", file.display()))?;
    let token = text.trim();
    anyhow::ensure!(
        token.len() >= 16,
        "{} holds no operator's token: write 16 random characters or more into it",
        file.display()
    );
    Ok(token.into())
}
