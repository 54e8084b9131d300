//! The relay's command line.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::http::HeaderValue;
use clap::{Args, Parser, Subcommand, ValueEnum};
#[cfg(feature = "aws")]
use relay::aws::loader;
#[cfg(feature = "aws")]
use relay::broker::aws;
use relay::broker::embedded::Profile;
use relay::broker::external::{External, Node, Nodes};
#[cfg(feature = "aws")]
use relay::lambda;
use relay::oidc::Issuer;
use relay::serve::{Listeners, MESSAGES_PER_SECOND, Options, Server, StoreKind, bind_http};
use relay::sns::{self, Sns};
use relay::tls::Tls;
use relay::token::Signer;
use relay::{audit, bots, host, probe, record};
use shared::protocol::Code;
use shared::session::{HostOptions, Pace};
use shared::transport::Conditions;
use shared::wire::MAX_REPEATS;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Last Will's server: lobby, credentials and an embedded MQTT broker.
#[derive(Parser)]
#[command(version)]
struct Cli {
    /// Log more: once for information, twice for everything.
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    verbose: u8,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the game.
    Serve(Box<Serve>),
    /// Be the lobby as a function of AWS Lambda; only an instance of one can run it.
    #[cfg(feature = "aws")]
    Lambda(Lambda),
    /// Host a match without playing in it.
    Host(Host),
    /// Let restless bots join a match, each over a connection of its own.
    Bots(Bots),
    /// Measure how long the relay's broker takes, to a host and back.
    Probe(Probe),
    /// Write all of a match to a file, to be played again or audited.
    Record(Record),
    /// Check that a match's host plays by the rules; ends with status 1 if it does not.
    Audit(Audit),
}

#[derive(Args)]
struct Serve {
    /// Where to serve the page, the lobby API and MQTT over WebSocket.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// What carries the matches.
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
    /// The folder of what survives a restart: the signing key, and matches.
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
    /// Bots in a match that is always open; 0 for no such match.
    #[arg(long, value_name = "BOTS", default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=32))]
    house: u8,
    /// How the world reaches this relay, such as https://play.example, if not as browsers say.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Messages that a connection may send the embedded broker in a second; 0 for no limit.
    #[arg(long, value_name = "N", default_value_t = MESSAGES_PER_SECOND)]
    message_rate: u32,
    /// Whose limits the embedded broker enforces; AWS's replace --message-rate.
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
    /// Calls come through a proxy: limit whom it names in X-Forwarded-For, and not the proxy.
    #[arg(long)]
    behind_proxy: bool,
    /// A file with the operator's token, 16 characters or more: its holder may end any match and
    /// announce news, see /api/operator.
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
    /// Let anybody call the lobby API as often as it likes, for load tests.
    #[arg(long)]
    unlimited: bool,
    #[cfg(feature = "aws")]
    #[command(flatten)]
    aws: Aws,
}

/// Who is known by name.
#[derive(Args)]
#[command(next_help_heading = "Accounts")]
struct Accounts {
    /// Whose ID tokens prove an account, as they name it, such as https://accounts.google.com: only
    /// accounts open matches then, and anybody joins.
    #[arg(
        long,
        value_name = "URL",
        env = "LASTWILL_OIDC_ISSUER",
        requires = "oidc_audience"
    )]
    oidc_issuer: Option<String>,
    /// Whom those ID tokens are for: the id under which the client is registered with the issuer.
    #[arg(
        long,
        value_name = "ID",
        env = "LASTWILL_OIDC_AUDIENCE",
        requires = "oidc_issuer"
    )]
    oidc_audience: Option<String>,
    /// Let guests open matches too.
    #[arg(long, env = "LASTWILL_GUESTS_MAY_HOST", requires = "oidc_issuer")]
    guests_may_host: bool,
}

impl Accounts {
    fn issuer(&self) -> Result<Option<Arc<Issuer>>> {
        match (&self.oidc_issuer, &self.oidc_audience) {
            (Some(url), Some(audience)) => Ok(Some(Arc::new(Issuer::new(url, audience)?))),
            _ => Ok(None),
        }
    }
}

/// A broker of matches.
#[derive(Clone, Copy, ValueEnum)]
enum BrokerKind {
    /// One in this program.
    Embedded,
    /// A cluster elsewhere that takes a JWT with an access list as password, such as EMQX or RMQTT.
    External,
    /// AWS IoT Core; credentials and region are found as by AWS's own tools.
    Aws,
}

/// Matches on AWS.
#[cfg(feature = "aws")]
#[derive(Args)]
#[command(next_help_heading = "AWS")]
struct Aws {
    /// The role whose rights, narrowed for each ticket, clients get.
    #[arg(
        long,
        value_name = "ARN",
        env = "LASTWILL_AWS_ROLE",
        required_if_eq("broker", "aws")
    )]
    aws_role: Option<aws::Role>,
    /// The account's IoT data endpoint, if it is not to be looked up.
    #[arg(long, value_name = "HOST", env = "LASTWILL_AWS_ENDPOINT")]
    aws_endpoint: Option<aws::Endpoint>,
}

#[cfg(feature = "aws")]
impl Aws {
    async fn connect(self) -> Result<aws::IotCore> {
        let role = self.aws_role.context("name a role with --aws-role")?;
        let config = loader().load().await;
        Ok(aws::IotCore::connect(&config, role, self.aws_endpoint).await?)
    }
}

/// All of it comes from the function's environment.
#[cfg(feature = "aws")]
#[derive(Args)]
struct Lambda {
    /// The table of Amazon DynamoDB that keeps matches and the signing key.
    #[arg(long, value_name = "NAME", env = "LASTWILL_TABLE")]
    table: String,
    /// The role whose rights, narrowed for each ticket, clients get.
    #[arg(long, value_name = "ARN", env = "LASTWILL_AWS_ROLE")]
    aws_role: aws::Role,
    /// The account's IoT data endpoint, if it is not to be looked up.
    #[arg(long, value_name = "HOST", env = "LASTWILL_AWS_ENDPOINT")]
    aws_endpoint: Option<aws::Endpoint>,
    /// What a proxy in front sends as x-lastwill-proxy, so that it is believed whom it calls for.
    #[arg(
        long,
        value_name = "KEY",
        env = "LASTWILL_PROXY_KEY",
        hide_env_values = true
    )]
    proxy_key: Option<HeaderValue>,
    /// A topic of Amazon SNS whose messages, which come to /sns, are announced to all clients.
    #[arg(
        long,
        value_name = "ARN",
        env = "LASTWILL_SNS_TOPIC",
        value_delimiter = ','
    )]
    sns_topic: Vec<String>,
    /// Another page's origin, such as https://play.example, that may call the lobby API.
    #[arg(
        long,
        value_name = "ORIGIN",
        env = "LASTWILL_ALLOW_ORIGIN",
        value_delimiter = ','
    )]
    allow_origin: Vec<HeaderValue>,
    #[command(flatten)]
    accounts: Accounts,
}

#[cfg(feature = "aws")]
impl Lambda {
    async fn run(self) -> Result<()> {
        lambda::run(lambda::Options {
            table: self.table,
            role: self.aws_role,
            endpoint: self.aws_endpoint,
            proxy_key: self.proxy_key,
            sns: announcing(self.sns_topic),
            origins: self.allow_origin,
            issuer: self.accounts.issuer()?,
            guests_may_host: self.accounts.guests_may_host,
        })
        .await?;
        Ok(())
    }
}

#[derive(Args)]
struct Host {
    /// The relay.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// What the list of open matches calls the match.
    #[arg(long, default_value = "Headless")]
    name: String,
    /// Pilots that the arena's own bots make up if there are fewer people.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(..=32))]
    bots: u8,
    /// How often deltas are published: eco (at most 10 a second), normal (20), fast (30) or fastest
    /// (60).
    #[arg(long, value_name = "PACE", default_value = "normal")]
    pace: Pace,
    /// How many earlier deltas each delta repeats, for brokers that lose messages.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=MAX_REPEATS as i64))]
    repeat: u8,
    /// A file with an ID token of the issuer that the relay trusts, for relays that let only
    /// accounts open matches.
    #[arg(long, value_name = "FILE", env = "LASTWILL_ID_TOKEN")]
    id_token: Option<PathBuf>,
    #[command(flatten)]
    network: Network,
}

#[derive(Args)]
struct Bots {
    /// The relay.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The match.
    #[arg(long)]
    code: Code,
    /// How many.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=32))]
    count: u8,
    /// The same seed moves the same hands, over the same bad network.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// For how long to play; until Ctrl-C if left out.
    #[arg(long)]
    seconds: Option<u64>,
    #[command(flatten)]
    network: Network,
}

#[derive(Args)]
struct Probe {
    /// The relay.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// For how long.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Messages a second.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=i64::from(probe::MAX_RATE)))]
    rate: u8,
    /// The length of each message's payload.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(i64::from(probe::MIN_BYTES)..=i64::from(probe::MAX_BYTES)))]
    bytes: u16,
    #[command(flatten)]
    network: Network,
}

/// A worse network than there is.
#[derive(Args)]
#[command(next_help_heading = "Network")]
struct Network {
    /// Delay added to each direction, so twice to the round trip.
    #[arg(long, value_name = "MS")]
    latency: Option<String>,
    /// Up to this much more, at random, in each direction.
    #[arg(long, value_name = "MS")]
    jitter: Option<String>,
    /// Messages that must be sent again: they and all that follows come 200 ms later.
    #[arg(long, value_name = "PERCENT")]
    loss: Option<String>,
    /// Hold everything for so long, every 10 seconds on average.
    #[arg(long, value_name = "MS")]
    stall: Option<String>,
}

impl Network {
    fn conditions(&self) -> Result<Conditions> {
        let mut conditions = Conditions::PERFECT;
        let given = [
            ("latency", &self.latency),
            ("jitter", &self.jitter),
            ("loss", &self.loss),
            ("stall", &self.stall),
        ];
        for (name, value) in given {
            if let Some(value) = value {
                conditions.set(name, value)?;
            }
        }
        Ok(conditions)
    }
}

#[derive(Args)]
struct Record {
    /// The relay.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The match.
    #[arg(long)]
    code: Code,
    /// The new file; CODE.match in this folder if left out.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// For how many seconds; until Ctrl-C or the end of the match if left out.
    #[arg(long, value_name = "SECONDS")]
    duration: Option<u64>,
}

#[derive(Args)]
struct Audit {
    /// A recording.
    #[arg(required_unless_present = "code", conflicts_with = "code")]
    file: Option<PathBuf>,
    /// The relay of a match that is being played.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// A match that is being played.
    #[arg(long)]
    code: Option<Code>,
    /// For how many seconds to watch it; until Ctrl-C or its end if left out.
    #[arg(long, value_name = "SECONDS", requires = "code")]
    duration: Option<u64>,
}

/// The audit's status if nothing can be said: 1 is an offence.
const UNDECIDED: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    log(cli.verbose);
    let failure = match &cli.command {
        Command::Audit(_) => ExitCode::from(UNDECIDED),
        _ => ExitCode::FAILURE,
    };
    match run(cli.command).await {
        Ok(status) => status,
        Err(error) => {
            // One line with its causes and no backtrace: this is for the person who started it.
            let _ = writeln!(io::stderr().lock(), "error: {error:#}");
            failure
        }
    }
}

async fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Audit(options) => return check(options).await,
        Command::Serve(options) => serve(*options).await,
        #[cfg(feature = "aws")]
        Command::Lambda(options) => options.run().await,
        Command::Host(options) => {
            let settings = host::Settings {
                url: options.url.clone(),
                name: options.name,
                bots: options.bots,
                identity: options.id_token.as_deref().map(read_id_token).transpose()?,
                options: HostOptions {
                    pace: options.pace,
                    repeat: options.repeat,
                    ..HostOptions::default()
                },
                conditions: options.network.conditions()?,
            };
            until_interrupted(move |stop| {
                host::run(&settings, stop, |ticket| {
                    let link = format!("{}/#{}", options.url.trim_end_matches('/'), ticket.code);
                    say(&format!("match {} is open: {link}", ticket.code));
                })
                .context("cannot host a match")
            })
            .await
        }
        Command::Bots(options) => {
            let settings = bots::Settings {
                url: options.url,
                code: options.code,
                count: options.count,
                seed: options.seed,
                duration: options.seconds.map(Duration::from_secs),
                conditions: options.network.conditions()?,
            };
            until_interrupted(move |stop| {
                bots::run(&settings, stop, &mut io::stdout().lock()).context("the bots stopped")
            })
            .await
        }
        Command::Probe(options) => {
            let settings = probe::Settings {
                url: options.url,
                duration: Duration::from_secs(options.seconds),
                rate: options.rate,
                bytes: options.bytes,
                conditions: options.network.conditions()?,
            };
            until_interrupted(move |stop| {
                probe::run(&settings, stop, &mut io::stdout().lock())
                    .map(drop)
                    .context("cannot measure")
            })
            .await
        }
        Command::Record(options) => {
            let listen = record::Listen {
                url: options.url,
                code: options.code,
                duration: options.duration.map(Duration::from_secs),
            };
            until_interrupted(move |stop| {
                record::run(&listen, options.out, stop, &mut io::stdout().lock())
                    .context("cannot record the match")
            })
            .await
        }
    }?;
    Ok(ExitCode::SUCCESS)
}

/// Audits a recording or a match; the status tells whether there was an offence.
async fn check(options: Audit) -> Result<ExitCode> {
    let report = until_interrupted(move |stop| {
        let out = &mut io::stdout().lock();
        match (options.file, options.code) {
            (Some(file), _) => audit::file(&file, out),
            (None, Some(code)) => {
                let listen = record::Listen {
                    url: options.url,
                    code,
                    duration: options.duration.map(Duration::from_secs),
                };
                audit::live(&listen, stop, out)
            }
            (None, None) => anyhow::bail!("name a recording, or a match by its code"),
        }
        .context("cannot audit the match")
    })
    .await?;
    Ok(if !report.is_clean() {
        ExitCode::FAILURE
    } else if report.ticks == 0 {
        ExitCode::from(UNDECIDED)
    } else {
        ExitCode::SUCCESS
    })
}

fn log(verbose: u8) {
    // The broker library warns of each thing that a client does wrong: clients must not be able
    // to fill the log.
    let (ours, library) = match verbose {
        0 => (LevelFilter::WARN, LevelFilter::ERROR),
        1 => (LevelFilter::INFO, LevelFilter::ERROR),
        _ => (LevelFilter::DEBUG, LevelFilter::DEBUG),
    };
    let levels = Targets::new()
        .with_default(library)
        // What AWS's SDK tells of its calls may hold keys.
        .with_target("aws_", LevelFilter::WARN)
        .with_target("relay", ours);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_target(false);
    tracing_subscriber::registry()
        .with(lines)
        .with(levels)
        .init();
}

async fn serve(options: Serve) -> Result<()> {
    let sns = announcing(options.sns_topic.clone());
    #[cfg(feature = "aws")]
    let public_url = options.public_url.clone();
    let tls = match (&options.tls_cert, &options.tls_key) {
        (Some(certificate), Some(key)) => Some(Arc::new(Tls::open(certificate, key)?)),
        _ => None,
    };
    let relay = Options {
        data: options.data,
        token_key: options.token_key,
        store: options.store,
        table: options.table,
        web: options.web,
        house: options.house,
        public_url: options.public_url,
        messages_per_second: options.message_rate,
        profile: options.profile,
        sns,
        limited: !options.unlimited,
        behind_proxy: options.behind_proxy,
        origins: options.allow_origin,
        operator_token: options.operator_token.map(read_token).transpose()?,
        issuer: options.accounts.issuer()?,
        guests_may_host: options.accounts.guests_may_host,
        tls: tls.clone(),
    };
    let server = match options.broker {
        BrokerKind::Embedded => {
            let listeners = Listeners::bind(options.listen, options.mqtt).await?;
            Server::start(listeners, relay).await?
        }
        BrokerKind::External => {
            let http = bind_http(options.listen).await?;
            let key = relay
                .token_key
                .as_deref()
                .context("name a key with --token-key")?;
            let signer = Arc::new(Signer::read(key)?);
            let nodes = Nodes::new(options.broker_url)?;
            say(&format!("the matches run on {nodes}"));
            let cluster = External::open(nodes, signer)?;
            Server::start_on(Arc::new(cluster), http, relay).await?
        }
        #[cfg(feature = "aws")]
        BrokerKind::Aws => {
            let http = bind_http(options.listen).await?;
            let iot = options.aws.connect().await?;
            say(&format!("the matches run on {}", iot.endpoint()));
            Server::start_on(Arc::new(iot), http, relay).await?
        }
        #[cfg(not(feature = "aws"))]
        BrokerKind::Aws => {
            anyhow::bail!("this relay cannot use AWS: build it with `--features aws`")
        }
    };
    say(&format!("serving Last Will on {}/", server.url()));
    if let Some(address) = server.mqtt_address() {
        say(&format!("serving MQTT over TCP on {address}"));
    }
    #[cfg(feature = "aws")]
    if let Some(public_url) = public_url {
        subscribe(&options.sns_topic, &public_url).await;
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

/// Has SNS call the relay. Play goes on without news, so a failure is told and no more.
#[cfg(feature = "aws")]
async fn subscribe(topics: &[String], public_url: &str) {
    if topics.is_empty() {
        return;
    }
    let config = loader().load().await;
    for topic in topics {
        if let Err(error) = sns::subscribe(&config, topic, public_url).await {
            tracing::error!("{error}; or subscribe {public_url}/sns to it by hand");
        }
    }
}

/// Takes announcements from these topics, if there are any.
fn announcing(topics: Vec<String>) -> Option<Arc<Sns>> {
    (!topics.is_empty()).then(|| Arc::new(Sns::new(topics, sns::over_https())))
}

/// Reads the certificate again whenever it is said to have changed.
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

/// The ID token in this file.
fn read_id_token(file: &Path) -> Result<String> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the ID token in {}", file.display()))?;
    Ok(text.trim().into())
}

/// Runs blocking work on a thread of its own and asks it to stop when a person does.
async fn until_interrupted<T: Send + 'static>(
    work: impl FnOnce(&AtomicBool) -> Result<T> + Send + 'static,
) -> Result<T> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    let mut work = tokio::task::spawn_blocking(move || work(&asked));
    tokio::select! {
        done = &mut work => return done?,
        signal = interrupted() => signal?,
    }
    stop.store(true, Ordering::Relaxed);
    work.await?
}

/// Waits for Ctrl-C or a polite end by the system.
async fn interrupted() -> Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).context("cannot listen for signals")?;
        tokio::select! {
            result = tokio::signal::ctrl_c() => result.context("cannot listen for Ctrl-C"),
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c()
        .await
        .context("cannot listen for Ctrl-C")
}

/// A line for the person who started the program; it goes nowhere if nobody reads it.
fn say(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}
