//! Accepts HTTP connections, with TLS or without.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::api::ListenerKind;
use crate::socket::Socket;
use crate::tls::Tls;

/// How long a client may take to send a request's head, or stay idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a request in progress may take after the shutdown begins.
const GRACEFUL_SHUTDOWN: Duration = Duration::from_secs(1);

/// The pause before accepting again when the system has no more sockets.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// Serves clients until `stop` is cancelled and their connections are closed.
pub(super) async fn listen(
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    kind: ListenerKind,
    router: Router,
    stop: CancellationToken,
) {
    let connections = TaskTracker::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((socket, peer)) => {
                    let origin = Origin { peer, kind };
                    connections.spawn(serve(socket, tls.clone(), origin, router.clone(), stop.clone()));
                }
                Err(error) => {
                    tracing::warn!("cannot accept an HTTP connection: {error}");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            },
            () = stop.cancelled() => break,
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// Where a connection comes from.
#[derive(Clone, Copy)]
struct Origin {
    peer: SocketAddr,
    /// The listener that accepted it.
    kind: ListenerKind,
}

async fn serve(
    socket: TcpStream,
    tls: Option<Arc<Tls>>,
    origin: Origin,
    router: Router,
    stop: CancellationToken,
) {
    let socket = match Socket::accept(socket, tls.as_deref()).await {
        Ok(socket) => socket,
        Err(error) => {
            return tracing::debug!("no HTTP connection to {}: {error}", origin.peer);
        }
    };
    let service = TowerToHyperService::new(router);
    let with_origin = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(origin.peer);
        request.extensions_mut().insert(origin.kind);
        service.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(socket), with_origin)
        .with_upgrades();
    let mut connection = pin!(connection);
    // An error here ends only this client's connection.
    tokio::select! {
        _ = &mut connection => {}
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = tokio::time::timeout(GRACEFUL_SHUTDOWN, connection).await;
        }
    }
}
