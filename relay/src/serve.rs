//! `relay serve`: everything of a relay in one process.
//!
//! The caller owns the ports and the lifetime: [`Server::start`] takes bound [`Listeners`], and
//! [`Server::shut_down`] ends it. [`Server::start_on`] does without the embedded broker.

mod http;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderValue;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::api::{self, Api, Entrance, Guard, Limits, OperatorToken};
use crate::broker::Broker;
use crate::broker::embedded::{self, Embedded, Profile};
use crate::house::House;
use crate::identity::{Identities, IdentityError};
use crate::kept::{KeepError, Kept};
use crate::lobby::Lobby;
use crate::oidc::Issuer;
use crate::shutdown::{Shutdown, Trigger};
use crate::sns::Sns;
use crate::store::StoreError;
use crate::tls::Tls;
use crate::token::{Signer, unix_time};

/// Publishes that a connection may send in a second: AWS IoT Core's limit.
pub const MESSAGES_PER_SECOND: u32 = 100;

/// How long clients are given to read that the relay ends, before their connections do.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// How often silent hosts are looked for: that reads all matches, and they are silent for longer
/// than that.
const EXPIRY_CHECK: Duration = Duration::from_secs(10);

/// Where matches are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum StoreKind {
    /// In a database in the data folder: they go on after a restart.
    File,
    /// In memory: they end with the relay.
    Memory,
    /// In a table of Amazon DynamoDB: they go on after a restart, wherever that is.
    Dynamodb,
}

/// What a relay is told at its start.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder of what must survive a restart: the signing key, and matches.
    pub data: PathBuf,
    /// A file with the key of tokens, if it is not the relay's own secret in `data`.
    pub token_key: Option<PathBuf>,
    /// Where matches are kept.
    pub store: StoreKind,
    /// The name of the table, if matches are kept in one; it keeps the signing key too.
    pub table: Option<String>,
    /// The folder of the browser client's files.
    pub web: PathBuf,
    /// Bots in the house match; 0 is no house match.
    pub house: u8,
    /// How the world reaches this relay, if not as each request's `Host` says.
    pub public_url: Option<String>,
    /// Publishes that a connection may send the embedded broker in a second; 0 is no limit.
    pub messages_per_second: u32,
    /// Whose limits the embedded broker enforces; AWS's replace the one above.
    pub profile: Profile,
    /// Takes announcements from Amazon SNS.
    pub sns: Option<Arc<Sns>>,
    /// Whether who calls the lobby API too often is refused.
    pub limited: bool,
    /// Whether calls come through a proxy, which says where from in `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// The origins of other pages that may call the lobby API.
    pub origins: Vec<HeaderValue>,
    /// The token of the relay's operator; without one nobody is.
    pub operator_token: Option<String>,
    /// The certificate of what is served; without one, it is served without TLS.
    pub tls: Option<Arc<Tls>>,
    /// Who vouches for accounts; without one everybody is a guest.
    pub issuer: Option<Arc<Issuer>>,
    /// Whether guests open matches although there is an issuer.
    pub guests_may_host: bool,
}

impl Options {
    /// A relay without a house match, with its data and web files in these folders.
    #[must_use]
    pub fn new(data: impl Into<PathBuf>, web: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            token_key: None,
            store: StoreKind::File,
            table: None,
            web: web.into(),
            house: 0,
            public_url: None,
            messages_per_second: MESSAGES_PER_SECOND,
            profile: Profile::Own,
            sns: None,
            limited: true,
            behind_proxy: false,
            origins: Vec::new(),
            operator_token: None,
            tls: None,
            issuer: None,
            guests_may_host: false,
        }
    }
}

/// Why a relay does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The port is taken or forbidden.
    #[error("cannot listen on {address}; stop what uses it, or choose another address with {flag}")]
    Bind {
        /// What was asked for.
        address: SocketAddr,
        /// The command line's name for it.
        flag: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// No matches, or no signing key.
    #[error(transparent)]
    Keep(#[from] KeepError),
    /// The matches cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is built without what it is asked for.
    #[error("this relay cannot use AWS: build it with `--features aws`")]
    NoAws,
    /// No table is named.
    #[error("name a table with --table")]
    NoTable,
    /// The house has no identity.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The system fails.
    #[error("cannot start")]
    System(#[from] io::Error),
}

/// The bound ports of a relay with the embedded broker.
#[derive(Debug)]
pub struct Listeners {
    /// HTTP, and MQTT over WebSocket.
    pub http: TcpListener,
    /// MQTT over TCP.
    pub mqtt: TcpListener,
}

impl Listeners {
    /// Binds both; port 0 is any free one.
    ///
    /// # Errors
    /// If a port is taken.
    pub async fn bind(http: SocketAddr, mqtt: SocketAddr) -> Result<Self, ServeError> {
        Ok(Self {
            http: bind_http(http).await?,
            mqtt: listen_on(mqtt, "--mqtt").await?,
        })
    }
}

/// Binds the port of a relay without the embedded broker.
///
/// # Errors
/// If the port is taken.
pub async fn bind_http(address: SocketAddr) -> Result<TcpListener, ServeError> {
    listen_on(address, "--listen").await
}

async fn listen_on(address: SocketAddr, flag: &'static str) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| ServeError::Bind {
            address,
            flag,
            source,
        })
}

/// A running relay; dropping it without [`shut_down`](Self::shut_down) leaves its tasks running.
pub struct Server {
    http: SocketAddr,
    entrance: Entrance,
    /// The broker, if it is embedded, and where it takes MQTT over TCP.
    embedded: Option<(Embedded, SocketAddr)>,
    broker: Arc<dyn Broker>,
    lobby: Lobby,
    house: Option<House>,
    stop: Trigger,
    tasks: Vec<JoinHandle<()>>,
}

impl Server {
    /// Starts a relay with the embedded broker, and goes on with the matches that it had before.
    /// Needs a tokio runtime.
    ///
    /// # Errors
    /// If the signing key can be neither read nor made, matches cannot be kept, or the house match
    /// has no thread.
    pub async fn start(listeners: Listeners, options: Options) -> Result<Self, ServeError> {
        let kept = keep(&options).await?;
        let rate = options.messages_per_second;
        let embedded = Embedded::new(Arc::clone(&kept.signer), rate, options.profile);
        let address = listeners.mqtt.local_addr()?;
        let broker = Arc::new(embedded.clone());
        let tls = options.tls.clone();
        let here = Some((embedded.clone(), address));
        let mut server = Self::serve(broker, here, listeners.http, kept, options).await?;
        let accepting = embedded::listen(embedded, listeners.mqtt, tls, server.stop.shutdown());
        server.tasks.push(tokio::spawn(accepting));
        Ok(server)
    }

    /// Starts a relay whose matches run on a broker elsewhere. Needs a tokio runtime.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_on(
        broker: Arc<dyn Broker>,
        http: TcpListener,
        options: Options,
    ) -> Result<Self, ServeError> {
        let kept = keep(&options).await?;
        Self::serve(broker, None, http, kept, options).await
    }

    async fn serve(
        broker: Arc<dyn Broker>,
        embedded: Option<(Embedded, SocketAddr)>,
        listener: TcpListener,
        Kept { store, signer }: Kept,
        options: Options,
    ) -> Result<Self, ServeError> {
        let http = listener.local_addr()?;
        // Before anybody is answered: who asks too early would hear that its match is over.
        let lobby = Lobby::open(store, Arc::clone(&broker), Arc::clone(&signer)).await?;
        let guests_may_host = options.guests_may_host;
        let identities = Arc::new(Identities::new(&signer, options.issuer, guests_may_host));
        let house = identities.of_house(unix_time())?.token;
        let router = api::router(Api {
            lobby: lobby.clone(),
            embedded: embedded.as_ref().map(|(broker, _)| broker.clone()),
            signer,
            identities,
            mqtt_port: embedded.as_ref().map_or(0, |(_, address)| address.port()),
            public_url: options.public_url,
            web: Some(options.web),
            sns: options.sns,
            guard: Guard {
                origins: options.origins,
                behind_proxy: options.behind_proxy,
                limits: options.limited.then(Limits::default),
            },
            operator: options.operator_token.as_deref().map(OperatorToken::new),
        });

        let stop = Trigger::new();
        let entrance = match options.tls {
            Some(_) => Entrance::Tls,
            None => Entrance::Plain,
        };
        let listen = |listener, tls, entrance| {
            let (router, stop) = (router.clone(), stop.shutdown());
            tokio::spawn(http::listen(listener, tls, entrance, router, stop))
        };
        let mut tasks = vec![
            listen(listener, options.tls.clone(), entrance),
            tokio::spawn(expire(lobby.clone(), stop.shutdown())),
        ];
        let house = match (options.house, entrance) {
            (0, _) => None,
            (bots, Entrance::Tls) => {
                // The certificate need not name this machine.
                let within = bind_http((Ipv4Addr::LOCALHOST, 0).into()).await?;
                let url = url(within.local_addr()?, Entrance::Within);
                tasks.push(listen(within, None, Entrance::Within));
                Some(House::open(&url, bots, house)?)
            }
            (bots, _) => Some(House::open(&url(http, entrance), bots, house)?),
        };
        Ok(Self {
            http,
            entrance,
            embedded,
            broker,
            lobby,
            house,
            stop,
            tasks,
        })
    }

    /// Where HTTP is served.
    #[must_use]
    pub const fn http_address(&self) -> SocketAddr {
        self.http
    }

    /// Where the embedded broker, if any, takes MQTT over TCP.
    #[must_use]
    pub fn mqtt_address(&self) -> Option<SocketAddr> {
        self.embedded.as_ref().map(|(_, address)| *address)
    }

    /// The base URL for programs on this machine.
    #[must_use]
    pub fn url(&self) -> String {
        url(self.http, self.entrance)
    }

    /// The embedded broker, if any.
    #[must_use]
    pub fn embedded(&self) -> Option<&Embedded> {
        self.embedded.as_ref().map(|(broker, _)| broker)
    }

    /// Ends the house match, tells everybody, ends all connections, and waits until they are gone.
    pub async fn shut_down(self) {
        if let Some(house) = self.house {
            // Its last words need the relay, so it goes first; a failed thread is gone already.
            let _ = tokio::task::spawn_blocking(move || house.close()).await;
        }
        self.lobby.say_farewell();
        tokio::time::sleep(LAST_WORDS).await;
        self.stop.pull();
        self.broker.shut_down().await;
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

async fn keep(options: &Options) -> Result<Kept, ServeError> {
    let mut kept = match options.store {
        StoreKind::File => Kept::in_folder(&options.data)?,
        StoreKind::Memory => Kept::in_memory(&options.data)?,
        #[cfg(feature = "aws")]
        StoreKind::Dynamodb => {
            let table = options.table.as_deref().ok_or(ServeError::NoTable)?;
            Kept::in_table(&crate::aws::loader().load().await, table).await?
        }
        #[cfg(not(feature = "aws"))]
        StoreKind::Dynamodb => return Err(ServeError::NoAws),
    };
    if let Some(file) = &options.token_key {
        kept.signer = Arc::new(Signer::read(file).map_err(KeepError::from)?);
    }
    Ok(kept)
}

async fn expire(lobby: Lobby, mut shutdown: Shutdown) {
    let mut check = tokio::time::interval(EXPIRY_CHECK);
    loop {
        tokio::select! {
            _ = check.tick() => {
                if let Err(error) = lobby.expire().await {
                    tracing::error!("cannot end silent matches: {error}");
                }
            }
            () = shutdown.recv() => return,
        }
    }
}

/// The URL of an address as programs on this machine reach it.
fn url(address: SocketAddr, entrance: Entrance) -> String {
    let ip = match address.ip() {
        ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    };
    let scheme = match entrance {
        Entrance::Tls => "https",
        Entrance::Plain | Entrance::Within => "http",
    };
    format!("{scheme}://{}", SocketAddr::new(ip, address.port()))
}
