//! Accepts MQTT over TCP.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

use super::{Embedded, connection};
use crate::shutdown::Shutdown;

/// How long to wait before accepting again when the system is out of sockets.
const BREATHER: Duration = Duration::from_millis(100);

/// Serves clients until `shutdown`.
pub(crate) async fn listen(broker: Embedded, listener: TcpListener, mut shutdown: Shutdown) {
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((socket, peer)) => {
                    tokio::spawn(serve(broker.clone(), socket, peer));
                }
                Err(error) => {
                    tracing::warn!("cannot accept an MQTT connection: {error}");
                    tokio::time::sleep(BREATHER).await;
                }
            },
            () = shutdown.recv() => return,
        }
    }
}

async fn serve(broker: Embedded, socket: TcpStream, peer: SocketAddr) {
    if !broker.inner.monitor.can_accept_connection(peer.ip()).await {
        return;
    }
    match split(socket) {
        Ok((socket, cutter)) => {
            connection::run(broker.inner, socket, cutter, peer).await;
        }
        Err(error) => tracing::warn!("cannot set up an MQTT connection: {error}"),
    }
}

/// Turns Nagle's delay off and makes a second handle of the socket, to cut it with.
pub(super) fn split(socket: TcpStream) -> std::io::Result<(TcpStream, std::net::TcpStream)> {
    socket.set_nodelay(true)?;
    let socket = socket.into_std()?;
    let cutter = socket.try_clone()?;
    Ok((TcpStream::from_std(socket)?, cutter))
}
