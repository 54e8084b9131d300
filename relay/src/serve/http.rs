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
use tokio::task::JoinSet;

use crate::api::Entrance;
use crate::shutdown::Shutdown;
use crate::socket::Socket;
use crate::tls::Tls;

/// How long a client may take to send a request's head, or stay idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a request in progress may go on once the relay ends.
const LAST_CALL: Duration = Duration::from_secs(1);

/// How long to wait before accepting again when the system is out of sockets.
const BREATHER: Duration = Duration::from_millis(100);

/// Serves clients until `shutdown` and until they are gone.
pub(super) async fn listen(
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    entrance: Entrance,
    router: Router,
    mut shutdown: Shutdown,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((socket, peer)) => {
                    let visit = Visit { peer, entrance };
                    let served = serve(socket, tls.clone(), visit, router.clone(), shutdown.clone());
                    connections.spawn(served);
                }
                Err(error) => {
                    tracing::warn!("cannot accept an HTTP connection: {error}");
                    tokio::time::sleep(BREATHER).await;
                }
            },
            Some(_) = connections.join_next() => {}
            () = shutdown.recv() => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Who comes, and which way.
#[derive(Clone, Copy)]
struct Visit {
    peer: SocketAddr,
    entrance: Entrance,
}

async fn serve(
    socket: TcpStream,
    tls: Option<Arc<Tls>>,
    visit: Visit,
    router: Router,
    mut shutdown: Shutdown,
) {
    let socket = match Socket::accept(socket, tls.as_deref()).await {
        Ok(socket) => socket,
        Err(error) => {
            return tracing::debug!("no HTTP connection to {}: {error}", visit.peer);
        }
    };
    let service = TowerToHyperService::new(router);
    let with_peer = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(visit.peer);
        request.extensions_mut().insert(visit.entrance);
        service.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(socket), with_peer)
        .with_upgrades();
    let mut connection = pin!(connection);
    // What fails here is the client's connection, and the client knows.
    tokio::select! {
        _ = &mut connection => {}
        () = shutdown.recv() => {
            connection.as_mut().graceful_shutdown();
            let _ = tokio::time::timeout(LAST_CALL, connection).await;
        }
    }
}
