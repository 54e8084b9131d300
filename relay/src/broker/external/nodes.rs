//! The addresses of a cluster's nodes.
//!
//! Non-goals: which of them are up.

use std::fmt;
use std::str::FromStr;

use axum::http::Uri;

/// An address of a node: `mqtt://host:port`, `ws://host:port/path` or `wss://host:port/path`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    address: String,
    is_web: bool,
}

/// The text is not a node's address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no address of a broker: write mqtt://host:port, or ws://host:port/mqtt or wss://… \
     for browsers"
)]
pub struct InvalidNode(String);

/// No node accepts WebSockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("browsers reach brokers only over WebSocket: name a ws:// or wss:// address, too")]
pub struct NoWebSocket;

impl FromStr for Node {
    type Err = InvalidNode;

    fn from_str(text: &str) -> Result<Self, InvalidNode> {
        let invalid = || InvalidNode(text.into());
        let uri: Uri = text.parse().map_err(|_| invalid())?;
        let is_web = match uri.scheme_str() {
            Some("mqtt") => false,
            Some("ws" | "wss") => true,
            _ => return Err(invalid()),
        };
        let authority = uri.authority().ok_or_else(invalid)?;
        let is_plain = !authority.host().is_empty() && !authority.as_str().contains('@');
        // `Uri` ignores a port that is out of range.
        let has_port = authority.port_u16().is_some_and(|port| port != 0);
        let names_port = !authority.as_str().ends_with(authority.host());
        if !is_plain || names_port && !has_port || !is_web && uri.path() != "/" {
            return Err(invalid());
        }
        Ok(Self {
            address: text.into(),
            is_web,
        })
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}

/// All addresses of a cluster; clients may connect to any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nodes {
    /// May be empty: native clients can use WebSockets.
    tcp: Vec<String>,
    /// Never empty.
    ws: Vec<String>,
}

impl Nodes {
    /// The nodes at these addresses.
    ///
    /// # Errors
    /// If there is none for browsers.
    pub fn new(addresses: impl IntoIterator<Item = Node>) -> Result<Self, NoWebSocket> {
        let (ws, tcp): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|node| node.is_web);
        if ws.is_empty() {
            return Err(NoWebSocket);
        }
        let text = |nodes: Vec<Node>| nodes.into_iter().map(|node| node.address).collect();
        Ok(Self {
            tcp: text(tcp),
            ws: text(ws),
        })
    }

    /// The address for native clients at this position of the rotation, if it differs from that for
    /// browsers.
    pub(super) fn tcp(&self, position: usize) -> Option<&str> {
        let index = position.checked_rem(self.tcp.len())?;
        Some(&self.tcp[index])
    }

    /// The address for browsers at this position of the rotation.
    pub(super) fn ws(&self, position: usize) -> &str {
        &self.ws[position % self.ws.len()]
    }
}

impl fmt::Display for Nodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<_> = self
            .tcp
            .iter()
            .chain(&self.ws)
            .map(String::as_str)
            .collect();
        f.write_str(&all.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_complete_addresses_of_known_schemes_are_accepted() {
        for (text, is_web) in [
            ("mqtt://a:1883", false),
            ("mqtt://[::1]:7", false),
            ("mqtt://broker.example", false),
            ("ws://a:8080/mqtt", true),
            ("wss://broker.example/mqtt", true),
        ] {
            let node: Node = text.parse().unwrap();
            assert_eq!((node.to_string().as_str(), node.is_web), (text, is_web));
        }
        for text in [
            "",
            "a:1883",
            "mqtt://",
            "mqtt://a:0",
            "mqtt://a:65536",
            "mqtt://a:1883/path",
            "mqtt://user@a:1883",
            "mqtts://a:8883",
            "http://a/mqtt",
        ] {
            assert!(text.parse::<Node>().is_err(), "{text}");
        }
    }

    #[test]
    fn positions_rotate_over_each_kind_of_address() {
        let node = |text: &str| text.parse::<Node>().unwrap();
        assert_eq!(Nodes::new([node("mqtt://a:1")]), Err(NoWebSocket));
        let nodes = ["mqtt://a:1", "ws://a:2", "ws://b:2", "ws://c:2"].map(node);
        let nodes = Nodes::new(nodes).unwrap();
        assert_eq!(nodes.tcp(0), nodes.tcp(1));
        let web: Vec<_> = (0..4).map(|position| nodes.ws(position)).collect();
        assert_eq!(web, ["ws://a:2", "ws://b:2", "ws://c:2", "ws://a:2"]);
        assert_eq!(Nodes::new([node("ws://a:2")]).unwrap().tcp(3), None);
    }
}
