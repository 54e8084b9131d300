//! `relay serve`: everything of a relay in one process.
//!
//! The caller owns the ports and the lifetime: [`Server::start`] takes bound [`Listeners`] and runs
//! the embedded broker; [`Server::start_on`] uses a broker elsewhere. [`Server::shut_down`] ends
//! either.

mod http;
mod listeners;
mod options;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::api::{self, Api, Guard, Limits, ListenerKind, OperatorToken};
use crate::broker::Broker;
use crate::broker::embedded::{self, Embedded};
use crate::default_match::{DefaultMatch, LocalLobby};
use crate::identity::Identities;
use crate::lobby::Lobby;
use crate::metrics::Metrics;
use crate::persistence::{Persistence, PersistenceError};
use crate::store::StoreError;
use crate::token::Signer;
use listeners::{local_addresses, local_url};

pub use listeners::{BindError, Listeners, bind_http};
pub use options::{MESSAGES_PER_SECOND, Options, Storage};

/// The time between the announcement of the shutdown and the end of the clients' connections.
const SHUTDOWN_NOTICE: Duration = Duration::from_millis(100);

/// The period of the check for silent hosts, which reads all matches. Shorter than the silence that
/// ends a match.
const EXPIRY_CHECK: Duration = Duration::from_secs(10);

/// Why a relay does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A port is taken or forbidden.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The match store or the signing key cannot be opened.
    #[error(transparent)]
    Persistence(#[from] PersistenceError),
    /// The matches cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system fails.
    #[error("cannot start")]
    System(#[from] io::Error),
}

/// A running relay; dropping it stops its listeners, without waiting for their connections.
pub struct Server {
    http: SocketAddr,
    kind: ListenerKind,
    /// The broker, if it is embedded, and its address of MQTT over TCP.
    embedded: Option<(Embedded, SocketAddr)>,
    broker: Arc<dyn Broker>,
    lobby: Lobby,
    default_match: Option<DefaultMatch>,
    tasks: Tasks,
}

/// The server's listeners and periodic jobs.
struct Tasks {
    running: TaskTracker,
    /// Cancels on drop.
    stop: DropGuard,
}

impl Tasks {
    fn new() -> Self {
        Self {
            running: TaskTracker::new(),
            stop: CancellationToken::new().drop_guard(),
        }
    }

    /// Runs `task` until it returns, which it does once its token is cancelled.
    fn spawn<F>(&self, task: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let token = self.stop.token().clone();
        self.running.spawn(task(token));
    }

    /// Cancels all tasks; the tracker says when they have returned.
    fn cancel(self) -> TaskTracker {
        drop(self.stop);
        self.running.close();
        self.running
    }
}

impl Server {
    /// Starts a relay with the embedded broker, and resumes the matches in its store. Needs a tokio
    /// runtime.
    ///
    /// # Errors
    /// If the signing key or the match store cannot be opened, or the default match cannot start.
    pub async fn start(listeners: Listeners, options: Options) -> Result<Self, ServeError> {
        let persistence = open(&options)?;
        let rate = options.messages_per_second;
        let embedded = Embedded::new(Arc::clone(&persistence.signer), rate, options.profile);
        let address = listeners.mqtt.local_addr()?;
        let broker = Arc::new(embedded.clone());
        let tls = options.tls.clone();
        let here = Some((embedded.clone(), address));
        let server = Self::serve(broker, here, listeners.http, persistence, options).await?;
        server
            .tasks
            .spawn(|stop| embedded::listen(embedded, listeners.mqtt, tls, stop));
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
        let persistence = open(&options)?;
        Self::serve(broker, None, http, persistence, options).await
    }

    async fn serve(
        broker: Arc<dyn Broker>,
        embedded: Option<(Embedded, SocketAddr)>,
        listener: TcpListener,
        Persistence { store, signer }: Persistence,
        options: Options,
    ) -> Result<Self, ServeError> {
        let http = listener.local_addr()?;
        let metrics = Metrics::new(
            embedded.as_ref().map(|(broker, _)| broker.clone()),
            options.sns.clone(),
        );
        let broker = metrics.measure_broker(broker);
        let store = metrics.measure_store(store);
        // Before any request is answered: an earlier one would find no matches.
        let lobby = Lobby::open(store, Arc::clone(&broker), Arc::clone(&signer)).await?;
        let guests_may_host = options.guests_may_host;
        let identities = Arc::new(Identities::new(&signer, options.issuer, guests_may_host));
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
            metrics,
            operator: options.operator_token.as_deref().map(OperatorToken::new),
        });

        let tasks = Tasks::new();
        let kind = match options.tls {
            Some(_) => ListenerKind::Tls,
            None => ListenerKind::Plain,
        };
        let listen = |listener, tls, kind| {
            let router = router.clone();
            tasks.spawn(|stop| http::listen(listener, tls, kind, router, stop));
        };
        listen(listener, options.tls.clone(), kind);
        let expiring = lobby.clone();
        tasks.spawn(|stop| expire(expiring, stop));
        let default_match = match options.default_match {
            None => None,
            Some(host) => {
                let mqtt = embedded.as_ref().map(|(_, address)| *address);
                let addresses = match kind {
                    ListenerKind::Tls => {
                        // The certificate may not name this machine.
                        let loopback = bind_http((Ipv4Addr::LOCALHOST, 0).into()).await?;
                        let address = loopback.local_addr()?;
                        listen(loopback, None, ListenerKind::Loopback);
                        local_addresses(address, None)
                    }
                    _ => local_addresses(http, mqtt),
                };
                let local = LocalLobby {
                    lobby: lobby.clone(),
                    addresses,
                    runtime: Handle::current(),
                };
                Some(DefaultMatch::open(host, local)?)
            }
        };
        Ok(Self {
            http,
            kind,
            embedded,
            broker,
            lobby,
            default_match,
            tasks,
        })
    }

    /// The address of HTTP.
    #[must_use]
    pub const fn http_address(&self) -> SocketAddr {
        self.http
    }

    /// The embedded broker's address of MQTT over TCP, if there is such a broker.
    #[must_use]
    pub fn mqtt_address(&self) -> Option<SocketAddr> {
        self.embedded.as_ref().map(|(_, address)| *address)
    }

    /// The base URL for programs on this machine.
    #[must_use]
    pub fn url(&self) -> String {
        local_url(self.http, self.kind)
    }

    /// The embedded broker, if any.
    #[must_use]
    pub fn embedded(&self) -> Option<&Embedded> {
        self.embedded.as_ref().map(|(broker, _)| broker)
    }

    /// Ends the default match, announces the shutdown, closes all connections, and waits until they
    /// are closed.
    pub async fn shut_down(self) {
        if let Some(running) = self.default_match {
            // First, because it calls the relay. A thread that panicked has ended already.
            let _ = tokio::task::spawn_blocking(move || running.close()).await;
        }
        self.lobby.announce_shutdown();
        tokio::time::sleep(SHUTDOWN_NOTICE).await;
        let tasks = self.tasks.cancel();
        self.broker.shut_down().await;
        tasks.wait().await;
    }
}

fn open(options: &Options) -> Result<Persistence, PersistenceError> {
    let mut persistence = match &options.storage {
        Storage::File => Persistence::in_folder(&options.data)?,
        Storage::Memory => Persistence::in_memory(&options.data)?,
        Storage::Opened(persistence) => persistence.clone(),
    };
    if let Some(file) = &options.token_key {
        persistence.signer = Arc::new(Signer::read(file)?);
    }
    Ok(persistence)
}

/// Ends matches with silent hosts until `stop`.
async fn expire(lobby: Lobby, stop: CancellationToken) {
    let mut check = tokio::time::interval(EXPIRY_CHECK);
    loop {
        tokio::select! {
            _ = check.tick() => {
                if let Err(error) = lobby.expire().await {
                    tracing::error!("cannot end silent matches: {error}");
                }
            }
            () = stop.cancelled() => return,
        }
    }
}
