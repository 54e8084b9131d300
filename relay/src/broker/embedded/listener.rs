//! Accepts MQTT over TCP, with TLS or without.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::{Embedded, connection};
use crate::socket::Socket;
use crate::tls::Tls;

/// The pause before accepting again when the system has no more sockets.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// Accepts clients until `stop` is cancelled.
pub(crate) async fn listen(
    broker: Embedded,
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    stop: CancellationToken,
) {
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((socket, peer)) => {
                    tokio::spawn(serve(broker.clone(), socket, tls.clone(), peer));
                }
                Err(error) => {
                    tracing::warn!("cannot accept an MQTT connection: {error}");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            },
            () = stop.cancelled() => return,
        }
    }
}

async fn serve(broker: Embedded, socket: TcpStream, tls: Option<Arc<Tls>>, peer: SocketAddr) {
    if !broker.inner.monitor.can_accept_connection(peer.ip()).await {
        return;
    }
    match Socket::accept(socket, tls.as_deref()).await {
        Ok(socket) => {
            let cutter = socket.cutter();
            connection::run(broker.inner, socket, cutter, peer).await;
        }
        Err(error) => tracing::debug!("no MQTT connection to {peer}: {error}"),
    }
}
