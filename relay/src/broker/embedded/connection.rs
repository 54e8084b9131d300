//! One client's connection, from its first byte to its end.

mod authorization;

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use mqtt5::broker::auth::AuthProvider;
use mqtt5::broker::client_handler::ClientHandler;
use mqtt5::broker::events::BrokerEventHandler;
use protocol::Grants;
use tokio::sync::{Notify, broadcast};

use super::Inner;
use super::lease::Lease;
use super::profile::Allowance;
use super::transport::{Stream, Transport};
use crate::socket::Cutter;

/// How long a client may take to send an acceptable CONNECT.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// How long a client that is disconnected may take to read the DISCONNECT.
const DISCONNECT_TIMEOUT: Duration = Duration::from_millis(250);

/// The state of one connection, which is also the library's `AuthProvider` for it.
struct Connection {
    broker: Arc<Inner>,
    number: u64,
    cutter: Cutter,
    /// Set once, when CONNECT is accepted.
    holder: OnceLock<Holder>,
    admitted: Notify,
    lease: Arc<Lease>,
    /// What it may still do under AWS's limits, if they are enforced.
    allowance: Option<Arc<Allowance>>,
}

/// The holder of the token that the connection was accepted with.
struct Holder {
    grants: Grants,
    /// The protocol level of its CONNECT.
    protocol: u8,
}

/// Serves one client until it disconnects, is disconnected, or its token expires.
pub(super) async fn run(broker: Arc<Inner>, stream: impl Stream, cutter: Cutter, peer: SocketAddr) {
    // Before the check: `shut_down` cancels first and then waits for all tokens.
    let _tracked = broker.connections.token();
    if broker.stop.is_cancelled() {
        return;
    }
    let number = broker.next_connection();
    let allowance = Allowance::of(broker.profile).map(Arc::new);
    let transport = Transport::wrap(stream, Arc::clone(&broker), allowance.clone());
    let connection = Arc::new(Connection {
        broker: Arc::clone(&broker),
        number,
        cutter,
        holder: OnceLock::new(),
        admitted: Notify::new(),
        lease: Arc::default(),
        allowance,
    });
    let config = broker
        .config
        .clone()
        .with_event_handler(Arc::clone(&connection) as Arc<dyn BrokerEventHandler>);
    // One channel per connection, so that each can be ended with its DISCONNECT and last will.
    let (end, ended) = broadcast::channel(1);
    let handler = ClientHandler::new(
        transport,
        peer,
        Arc::new(config),
        Arc::clone(&broker.router),
        Arc::clone(&connection) as Arc<dyn AuthProvider>,
        None,
        Arc::clone(&broker.stats),
        Arc::clone(&broker.monitor),
        ended,
    );
    let mut served = pin!(handler.run());
    tokio::select! {
        _ = &mut served => {}
        () = async {
            tokio::select! {
                () = connection.ended() => {}
                () = broker.stop.cancelled() => {}
            }
        } => {
            let _ = end.send(());
            if tokio::time::timeout(DISCONNECT_TIMEOUT, &mut served).await.is_err() {
                // The client does not read: the DISCONNECT is stuck in a full socket.
                connection.cutter.cut();
                let _ = served.await;
            }
        }
    }
    broker.admission().remove(number);
}

impl Connection {
    /// Waits until the lease ends, or for [`HANDSHAKE`] if no CONNECT is accepted.
    async fn ended(&self) {
        if tokio::time::timeout(HANDSHAKE, self.admitted.notified())
            .await
            .is_ok()
        {
            self.lease.ended().await;
        }
    }
}
