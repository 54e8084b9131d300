//! MQTT over WebSocket, `wss://` or `ws://`: how rumqttc is told to dial and to ask.
//!
//! It leaves the address as it is, because its query may be signed.

use std::future::ready;

use rumqttc::Transport;
use rumqttc::v5::MqttOptions;

use super::tls;
use crate::TransportError;

/// What the name of this machine ends with, whatever the system's resolver says (RFC 6761).
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
    match (scheme, on_this_machine(authority)) {
        ("wss", _) => {
            options = MqttOptions::new(client_id, url, 0);
            options.set_transport(Transport::Wss(tls::configuration()?));
        }
        ("ws", None) => {
            options = MqttOptions::new(client_id, url, 0);
            options.set_transport(Transport::Ws);
        }
        ("ws", Some(dialled)) => {
            let dialled = url.replacen(authority, &dialled, 1);
            let asked = authority.to_owned();
            options = MqttOptions::new(client_id, dialled, 0);
            options.set_transport(Transport::Ws);
            options.set_request_modifier(move |mut request| {
                if let Ok(host) = asked.parse() {
                    request.headers_mut().insert("host", host);
                }
                ready(request)
            });
        }
        _ => return Err(malformed()),
    }
    Ok(options)
}

/// Where a name of this machine is dialled.
fn on_this_machine(authority: &str) -> Option<String> {
    let (host, port) = authority.split_once(':').unwrap_or((authority, "80"));
    host.ends_with(LOCALHOST)
        .then(|| format!("127.0.0.1:{port}"))
}

/// The query may hold a right to connect, which belongs in no message.
fn without_query(url: &str) -> &str {
    url.split('?').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialled(url: &str) -> Result<String, TransportError> {
        // rumqttc takes the host from the address and leaves the port aside.
        options("client".into(), url).map(|options| options.broker_address().0)
    }

    #[test]
    fn an_address_is_dialled_as_it_is() {
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
    fn every_name_under_localhost_is_this_machine() {
        let check = |url: &str, expected: &str| assert_eq!(dialled(url).as_deref(), Ok(expected));
        check("ws://a.b.localhost:81/mqtt?q", "ws://127.0.0.1:81/mqtt?q");
        check("ws://a.localhost/mqtt", "ws://127.0.0.1:80/mqtt");
        check("ws://a.localhost.example/", "ws://a.localhost.example/");
    }

    #[test]
    fn a_malformed_address_is_refused_without_its_query() {
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
