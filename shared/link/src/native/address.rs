//! Parses `mqtt://host:port` and `mqtts://host:port`.
//!
//! Non-goals: resolving names.

use crate::TransportError;

/// The transport of MQTT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// Plain TCP.
    Mqtt,
    /// TLS.
    Mqtts,
}

impl Scheme {
    /// The registered port, for addresses without one.
    const fn default_port(self) -> u16 {
        match self {
            Self::Mqtt => 1883,
            Self::Mqtts => 8883,
        }
    }
}

/// The scheme, the host (an IPv6 address in brackets) and the port.
pub(super) fn parse(address: &str) -> Result<(Scheme, &str, u16), TransportError> {
    let split = match address.split_once("://") {
        Some(("mqtt", rest)) => Some((Scheme::Mqtt, rest)),
        Some(("mqtts", rest)) => Some((Scheme::Mqtts, rest)),
        _ => None,
    };
    let parsed = split.and_then(|(scheme, rest)| {
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (rest, scheme.default_port()),
        };
        let plain = !host.is_empty() && !host.contains(['/', '@', '?', '#', ' ']);
        let bracketed = host.starts_with('[') && host.ends_with(']');
        (plain && (bracketed || !host.contains(':')) && port != 0).then_some((scheme, host, port))
    });
    parsed.ok_or_else(|| TransportError::BadAddress {
        address: address.into(),
        expected: "mqtt://host:port or mqtts://host:port",
    })
}

#[cfg(test)]
mod tests {
    use super::{Scheme, parse};

    #[test]
    fn an_address_is_split_into_scheme_host_and_port() {
        let check = |address, scheme, host, port| {
            assert_eq!(parse(address), Ok((scheme, host, port)), "{address}");
        };
        check("mqtt://127.0.0.1:1883", Scheme::Mqtt, "127.0.0.1", 1883);
        check(
            "mqtt://relay.example:42/",
            Scheme::Mqtt,
            "relay.example",
            42,
        );
        check("mqtt://relay.example", Scheme::Mqtt, "relay.example", 1883);
        check(
            "mqtts://relay.example",
            Scheme::Mqtts,
            "relay.example",
            8883,
        );
        check("mqtts://relay.example:1", Scheme::Mqtts, "relay.example", 1);
        check("mqtt://[::1]:7", Scheme::Mqtt, "[::1]", 7);
        check("mqtt://[::1]", Scheme::Mqtt, "[::1]", 1883);
    }

    #[test]
    fn a_malformed_address_is_refused_and_the_error_shows_the_expected_form() {
        for address in [
            "",
            "mqtt://",
            "mqtt://:1883",
            "mqtt://host:0",
            "mqtt://host:port",
            "mqtt://host:65536",
            "mqtt://::1:1883",
            "mqttx://host:8883",
            "ws://host:80/mqtt",
            "host:1883",
            "mqtt://user@host:1883",
        ] {
            let error = parse(address).expect_err(address);
            assert!(error.to_string().contains("mqtts://host:port"), "{error}");
        }
    }
}
