//! `mqtt://host:port`, taken apart. It deliberately resolves no name.

use crate::transport::TransportError;

/// MQTT's registered port, for addresses that name none.
const DEFAULT_PORT: u16 = 1883;

/// The host, an IPv6 one in its brackets, and the port.
pub(super) fn parse(address: &str) -> Result<(&str, u16), TransportError> {
    let parsed = address.strip_prefix("mqtt://").and_then(|rest| {
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (rest, DEFAULT_PORT),
        };
        let plain = !host.is_empty() && !host.contains(['/', '@', '?', '#', ' ']);
        let bracketed = host.starts_with('[') && host.ends_with(']');
        (plain && (bracketed || !host.contains(':')) && port != 0).then_some((host, port))
    });
    parsed.ok_or_else(|| TransportError::BadAddress {
        address: address.into(),
        expected: "mqtt://host:port",
    })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn hosts_and_ports_are_told_apart() {
        let check = |address, host, port| assert_eq!(parse(address), Ok((host, port)), "{address}");
        check("mqtt://127.0.0.1:1883", "127.0.0.1", 1883);
        check("mqtt://relay.example:42/", "relay.example", 42);
        check("mqtt://relay.example", "relay.example", 1883);
        check("mqtt://[::1]:7", "[::1]", 7);
        check("mqtt://[::1]", "[::1]", 1883);
    }

    #[test]
    fn what_is_no_address_is_refused_with_what_is_expected() {
        for address in [
            "",
            "mqtt://",
            "mqtt://:1883",
            "mqtt://host:0",
            "mqtt://host:port",
            "mqtt://host:65536",
            "mqtt://::1:1883",
            "mqtts://host:8883",
            "ws://host:80/mqtt",
            "host:1883",
            "mqtt://user@host:1883",
        ] {
            let error = parse(address).expect_err(address);
            assert!(error.to_string().contains("mqtt://host:port"), "{error}");
        }
    }
}
