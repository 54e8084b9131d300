//! The address of IoT Core for clients: the account's endpoint in a region.
//!
//! Non-goals: looking it up, and connecting.

use std::fmt;
use std::str::FromStr;

use axum::http::uri::Authority;

/// An endpoint, in lower case and without the port that its scheme implies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    secure: bool,
    authority: String,
}

/// The text is not an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an endpoint is a host such as abc123-ats.iot.eu-west-1.amazonaws.com; \
     for a local double write ws://host:port"
)]
pub struct InvalidEndpoint;

impl Endpoint {
    /// `host` or `host:port`, over TLS or, for a local double, without.
    ///
    /// # Errors
    /// If it is anything else.
    pub fn new(host: &str, secure: bool) -> Result<Self, InvalidEndpoint> {
        let parsed: Authority = host.parse().map_err(|_| InvalidEndpoint)?;
        let name = parsed.host();
        let port = match host.strip_prefix(name) {
            Some("") => None,
            Some(_) => Some(parsed.port_u16().ok_or(InvalidEndpoint)?),
            // User info.
            None => return Err(InvalidEndpoint),
        };
        let implied = if secure { 443 } else { 80 };
        // The signature covers the Host header, in which clients omit a default port.
        let authority = match port {
            Some(port) if port != implied => format!("{name}:{port}"),
            _ => name.to_owned(),
        };
        Ok(Self {
            secure,
            authority: authority.to_ascii_lowercase(),
        })
    }

    /// `host` or `host:port`, as the Host header has it.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The base URL of a scheme, `https` or `wss`, or its counterpart without TLS.
    pub(super) fn url(&self, secure: &str, plain: &str) -> String {
        let scheme = if self.secure { secure } else { plain };
        format!("{scheme}://{}", self.authority)
    }
}

impl FromStr for Endpoint {
    type Err = InvalidEndpoint;

    /// `host`, `wss://host` or `ws://host`, each with a port or without.
    fn from_str(text: &str) -> Result<Self, InvalidEndpoint> {
        match text.split_once("://") {
            None => Self::new(text, true),
            Some(("wss", host)) => Self::new(host, true),
            Some(("ws", host)) => Self::new(host, false),
            Some(_) => Err(InvalidEndpoint),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url("wss", "ws"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_and_web_socket_urls_are_endpoints() {
        let check = |text: &str, url: &str| {
            assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), url, "{text}");
        };
        check(
            "ABC-ats.iot.eu-west-1.amazonaws.com",
            "wss://abc-ats.iot.eu-west-1.amazonaws.com",
        );
        check("wss://a.example:443", "wss://a.example");
        check("wss://a.example:8443", "wss://a.example:8443");
        check("ws://a.localhost:4566", "ws://a.localhost:4566");
        check("ws://a.localhost:80", "ws://a.localhost");
        for text in [
            "",
            "https://a.example",
            "a.example/mqtt",
            "user@a.example",
            "a.example:",
            "a.example:x",
            "a b",
        ] {
            assert_eq!(text.parse::<Endpoint>(), Err(InvalidEndpoint), "{text}");
        }
    }
}
