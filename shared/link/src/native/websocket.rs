//! rumqttc's options for MQTT over WebSocket, `wss://` or `ws://`.
//!
//! The URL is used unchanged, because its query may be signed; only the address to which names under
//! `.localhost` resolve is replaced.
//!
//! Non-goals: resolving other names.

use std::future::ready;

use rumqttc::Transport;
use rumqttc::v5::MqttOptions;

use super::tls;
use crate::TransportError;

/// The suffix of names of the loopback interface (RFC 6761); not every resolver supports it.
const LOCALHOST: &str = ".localhost";

/// Options to connect to `url`.
pub(super) fn options(client_id: String, url: &str) -> Result<MqttOptions, TransportError> {
    let malformed = || TransportError::BadAddress {
        address: without_query(url).into(),
        expected: "ws:// or wss://",
    };
    let (scheme, rest) = url.split_once("://").ok_or_else(malformed)?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.is_empty() || authority.contains(['@', '#', ' ']) {
        return Err(malformed());
    }
    let mut options;
    match (scheme, loopback_address(authority)) {
        ("wss", _) => {
            options = MqttOptions::new(client_id, url, 0);
            options.set_transport(Transport::Wss(tls::configuration()?));
        }
        ("ws", None) => {
            options = MqttOptions::new(client_id, url, 0);
            options.set_transport(Transport::Ws);
        }
        ("ws", Some(address)) => {
            let dialled = url.replacen(authority, &address, 1);
            let host_header = authority.to_owned();
            options = MqttOptions::new(client_id, dialled, 0);
            options.set_transport(Transport::Ws);
            options.set_request_modifier(move |mut request| {
                if let Ok(host) = host_header.parse() {
                    request.headers_mut().insert("host", host);
                }
                ready(request)
            });
        }
        _ => return Err(malformed()),
    }
    Ok(options)
}

/// The address and port of a name under `.localhost`; `None` for other names.
fn loopback_address(authority: &str) -> Option<String> {
    let (host, port) = authority.split_once(':').unwrap_or((authority, "80"));
    host.ends_with(LOCALHOST)
        .then(|| format!("127.0.0.1:{port}"))
}

/// The URL without its query, which may contain credentials that must not appear in messages.
fn without_query(url: &str) -> &str {
    url.split('?').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialled(url: &str) -> Result<String, TransportError> {
        // rumqttc reports the whole URL as the host.
        options("client".into(), url).map(|options| options.broker_address().0)
    }

    #[test]
    fn a_url_is_used_unchanged() {
        for url in [
            "ws://127.0.0.1:8080/mqtt",
            "ws://[::1]:8080/mqtt",
            "ws://localhost/mqtt",
            "wss://a.example/mqtt?X-Amz-Credential=a%2Fb&X-Amz-Security-Token=t%2B%2F%3D",
        ] {
            assert_eq!(dialled(url).as_deref(), Ok(url));
        }
    }

    #[test]
    fn names_under_localhost_are_replaced_by_the_loopback_address() {
        let check = |url: &str, expected: &str| assert_eq!(dialled(url).as_deref(), Ok(expected));
        check("ws://a.b.localhost:81/mqtt?q", "ws://127.0.0.1:81/mqtt?q");
        check("ws://a.localhost/mqtt", "ws://127.0.0.1:80/mqtt");
        check("ws://a.localhost.example/", "ws://a.localhost.example/");
    }

    #[test]
    fn the_error_of_a_malformed_url_omits_its_query() {
        for url in [
            "",
            "mqtt",
            "http://a/mqtt?q",
            "wss://",
            "ws:///mqtt?q",
            "ws://u@a/mqtt?q",
        ] {
            let error = dialled(url).unwrap_err().to_string();
            assert!(error.contains("wss://") && !error.contains("?q"), "{error}");
        }
    }
}
