//! The bound ports of a relay, and the URLs by which local programs reach them.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;

use crate::api::ListenerKind;
use crate::broker::Addresses;

/// A port cannot be bound.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}; stop what uses it, or choose another address with {flag}")]
pub struct BindError {
    address: SocketAddr,
    /// The command line's name for the address.
    flag: &'static str,
    source: io::Error,
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
    pub async fn bind(http: SocketAddr, mqtt: SocketAddr) -> Result<Self, BindError> {
        Ok(Self {
            http: bind_http(http).await?,
            mqtt: bind(mqtt, "--mqtt").await?,
        })
    }
}

/// Binds the port of a relay without the embedded broker.
///
/// # Errors
/// If the port is taken.
pub async fn bind_http(address: SocketAddr) -> Result<TcpListener, BindError> {
    bind(address, "--listen").await
}

async fn bind(address: SocketAddr, flag: &'static str) -> Result<TcpListener, BindError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| BindError {
            address,
            flag,
            source,
        })
}

/// The base URL of an HTTP listener for programs on this machine.
pub(super) fn local_url(address: SocketAddr, kind: ListenerKind) -> String {
    let scheme = match kind {
        ListenerKind::Tls => "https",
        ListenerKind::Plain | ListenerKind::Loopback => "http",
    };
    format!("{scheme}://{}", local(address))
}

/// Where programs on this machine reach the embedded broker, by listeners without TLS.
pub(super) fn local_addresses(http: SocketAddr, mqtt: Option<SocketAddr>) -> Addresses {
    Addresses {
        tcp: mqtt.map(|mqtt| format!("mqtt://{}", local(mqtt))),
        ws: format!("ws://{}/mqtt", local(http)),
    }
}

/// The address by which this machine reaches a listener.
fn local(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
