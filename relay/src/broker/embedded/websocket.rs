//! MQTT over WebSocket, on the same port as the pages and the lobby API.
//!
//! The HTTP server has already read the request, within its own time limit.

use std::net::SocketAddr;

use axum::body::Body;
use axum::http::header::{
    CONNECTION, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{Request, Response, StatusCode};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use mqtt5::broker::websocket_server::WebSocketStreamWrapper;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::{Embedded, MAX_PACKET, connection};
use crate::socket::Socket;

/// The WebSocket subprotocol that MQTT requires.
const SUBPROTOCOL: &str = "mqtt";

/// The library's default of 128 KiB would be most of a connection's memory.
const READ_BUFFER: usize = 4 * 1024;

/// A WebSocket message may hold several packets.
const MAX_MESSAGE: usize = 4 * MAX_PACKET;

/// Why a request does not become a WebSocket.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(crate) enum UpgradeError {
    /// An ordinary request.
    #[error("this address speaks MQTT over WebSocket: connect to it with an MQTT client")]
    NotAWebSocket,
    /// Another subprotocol, or none.
    #[error("the WebSocket must offer the subprotocol mqtt")]
    Subprotocol,
}

/// Answers an upgrade request and serves the client behind it.
///
/// # Errors
/// If the request asks for anything but MQTT over WebSocket.
pub(crate) fn upgrade(
    broker: &Embedded,
    peer: SocketAddr,
    mut request: Request<Body>,
) -> Result<Response<Body>, UpgradeError> {
    let accept = accept_key(request.headers()).ok_or(UpgradeError::NotAWebSocket)?;
    if !lists(request.headers(), &SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL) {
        return Err(UpgradeError::Subprotocol);
    }
    let upgrade = request
        .extensions_mut()
        .remove::<OnUpgrade>()
        .ok_or(UpgradeError::NotAWebSocket)?;
    tokio::spawn(serve(broker.clone(), peer, upgrade));

    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(
        SEC_WEBSOCKET_PROTOCOL,
        HeaderValue::from_static(SUBPROTOCOL),
    );
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    Ok(response)
}

fn accept_key(headers: &HeaderMap) -> Option<HeaderValue> {
    let is_websocket = lists(headers, &CONNECTION, "upgrade")
        && lists(headers, &UPGRADE, "websocket")
        && lists(headers, &SEC_WEBSOCKET_VERSION, "13");
    let key = headers.get(SEC_WEBSOCKET_KEY).filter(|_| is_websocket)?;
    HeaderValue::try_from(derive_accept_key(key.as_bytes())).ok()
}

/// Whether a header, a list separated by commas, has this entry.
fn lists(headers: &HeaderMap, name: &HeaderName, entry: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|listed| listed.trim().eq_ignore_ascii_case(entry))
}

async fn serve(broker: Embedded, peer: SocketAddr, upgrade: OnUpgrade) {
    if !broker.inner.monitor.can_accept_connection(peer.ip()).await {
        return;
    }
    let Ok(upgraded) = upgrade.await else { return };
    let Ok(parts) = upgraded.downcast::<TokioIo<Socket>>() else {
        tracing::error!("an upgraded connection is not a socket of this relay");
        return;
    };
    let socket = parts.io.into_inner();
    let cutter = socket.cutter();
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE));
    let socket = WebSocketStream::from_partially_read(
        socket,
        parts.read_buf.to_vec(),
        Role::Server,
        Some(config),
    )
    .await;
    let socket = WebSocketStreamWrapper::new(socket);
    connection::run(broker.inner, socket, cutter, peer).await;
}
