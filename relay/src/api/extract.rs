//! Extractors of routes: a JSON body, the bearer token's claims or identity, the client's address,
//! and the addresses by which it reaches the relay.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{AUTHORIZATION, HOST, HeaderMap};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{StatusCode, Uri};
use serde::de::DeserializeOwned;

use super::Api;
use super::limits::AddressBlock;
use super::problem::ApiError;
use crate::broker::Addresses;
use crate::identity::Known;
use crate::token::{Claims, unix_time};

/// A JSON body.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<Api>> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, api: &Arc<Api>) -> Result<Self, ApiError> {
        match Json::from_request(request, api).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(ApiError::MediaType),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(ApiError::TooLong)
            }
            Err(rejection) => Err(ApiError::Json(rejection.body_text())),
        }
    }
}

/// The claims of the request's bearer token.
pub(super) struct Bearer(pub(super) Claims);

impl FromRequestParts<Arc<Api>> for Bearer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, ApiError> {
        let claims = api
            .signer
            .verify(bearer(&parts.headers)?.as_bytes(), unix_time())
            .map_err(ApiError::Token)?;
        api.guard.call_of(claims.sub)?;
        Ok(Self(claims))
    }
}

/// The identity of the request's bearer token, if there is one.
pub(super) struct Caller(pub(super) Option<Known>);

impl FromRequestParts<Arc<Api>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, ApiError> {
        // An empty bearer token counts as absent.
        let token = optional_bearer(&parts.headers)?.filter(|token| !token.is_empty());
        let Some(token) = token else {
            return Ok(Self(None));
        };
        let known = api.identities.verify(token, unix_time())?;
        api.guard.call_of(known.player)?;
        Ok(Self(Some(known)))
    }
}

/// The request's bearer token.
pub(super) fn bearer(headers: &HeaderMap) -> Result<&str, ApiError> {
    optional_bearer(headers)?.ok_or(ApiError::NoToken)
}

/// The request's bearer token, if it has an `Authorization` header.
pub(super) fn optional_bearer(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let Some(header) = headers.get(AUTHORIZATION) else {
        return Ok(None);
    };
    match header.to_str().ok().and_then(|value| value.split_once(' ')) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Err(ApiError::NoToken),
    }
}

/// The client's address block; `None` for requests within this process.
pub(super) struct ClientAddress(pub(super) Option<AddressBlock>);

impl FromRequestParts<Arc<Api>> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<SocketAddr>().map(SocketAddr::ip);
        let address = if api.guard.behind_proxy {
            forwarded_for(&parts.headers).or(peer)
        } else {
            peer
        };
        Ok(Self(address.map(AddressBlock::of)))
    }
}

/// The address that the nearest proxy has appended; earlier ones may be forged.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?;
    last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

/// The listener that accepted a request; `Plain` for requests that come through none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ListenerKind {
    /// Without TLS.
    #[default]
    Plain,
    /// With the relay's own TLS.
    Tls,
    /// Without TLS and for this process only, on a relay whose other listeners have TLS.
    Loopback,
}

/// The addresses by which the client reaches this relay's embedded broker.
pub(super) struct BrokerAddresses(pub(super) Addresses);

impl FromRequestParts<Arc<Api>> for BrokerAddresses {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, ApiError> {
        let listener = parts.extensions.get().copied().unwrap_or_default();
        match (&api.public_url, listener) {
            (Some(url), ListenerKind::Plain | ListenerKind::Tls) => {
                public_addresses(url, listener, api.mqtt_port)
            }
            _ => requested_addresses(&parts.headers, listener, api.mqtt_port),
        }
        .map(Self)
        .ok_or(ApiError::Host)
    }
}

/// Addresses from the configured public URL.
fn public_addresses(url: &str, listener: ListenerKind, mqtt_port: u16) -> Option<Addresses> {
    let url: Uri = url.parse().ok()?;
    let secure = url.scheme_str() == Some("https");
    Some(addresses(url.authority()?, secure, listener, mqtt_port))
}

/// Addresses from the request's headers, which a TLS-terminating proxy may have changed.
fn requested_addresses(
    headers: &HeaderMap,
    listener: ListenerKind,
    mqtt_port: u16,
) -> Option<Addresses> {
    let authority: Authority = headers.get(HOST)?.to_str().ok()?.parse().ok()?;
    let secure = listener == ListenerKind::Tls
        || headers
            .get("x-forwarded-proto")
            .is_some_and(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"https"));
    Some(addresses(&authority, secure, listener, mqtt_port))
}

fn addresses(
    authority: &Authority,
    secure: bool,
    listener: ListenerKind,
    mqtt_port: u16,
) -> Addresses {
    let scheme = if secure { "wss" } else { "ws" };
    let host = authority.host();
    // Without the authority's user info.
    let port = authority
        .port_u16()
        .map_or(String::new(), |port| format!(":{port}"));
    Addresses {
        tcp: match listener {
            ListenerKind::Plain => Some(format!("mqtt://{host}:{mqtt_port}")),
            ListenerKind::Tls => Some(format!("mqtts://{host}:{mqtt_port}")),
            // A certificate may not name this machine.
            ListenerKind::Loopback => None,
        },
        ws: format!("{scheme}://{host}{port}/mqtt"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        headers: &[(&'static str, &str)],
        listener: ListenerKind,
        ws: &str,
        tcp: Option<&str>,
    ) {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (
                    axum::http::HeaderName::from_static(name),
                    value.parse().unwrap(),
                )
            })
            .collect();
        let found = requested_addresses(&headers, listener, 1883).unwrap();
        assert_eq!((found.ws.as_str(), found.tcp.as_deref()), (ws, tcp));
    }

    #[test]
    fn addresses_follow_the_request() {
        check(
            &[("host", "localhost:8080")],
            ListenerKind::Plain,
            "ws://localhost:8080/mqtt",
            Some("mqtt://localhost:1883"),
        );
        check(
            &[("host", "[::1]:8080")],
            ListenerKind::Plain,
            "ws://[::1]:8080/mqtt",
            Some("mqtt://[::1]:1883"),
        );
        check(
            &[("host", "play.example"), ("x-forwarded-proto", "https")],
            ListenerKind::Plain,
            "wss://play.example/mqtt",
            Some("mqtt://play.example:1883"),
        );
        check(
            &[("host", "play.example")],
            ListenerKind::Tls,
            "wss://play.example/mqtt",
            Some("mqtts://play.example:1883"),
        );
        check(
            &[("host", "127.0.0.1:4000")],
            ListenerKind::Loopback,
            "ws://127.0.0.1:4000/mqtt",
            None,
        );
        let nowhere = HeaderMap::new();
        assert_eq!(
            requested_addresses(&nowhere, ListenerKind::Plain, 1883),
            None
        );
    }

    #[test]
    fn the_nearest_proxy_s_address_is_used() {
        let headers = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", line.parse().unwrap());
            }
            forwarded_for(&headers).map(|address| address.to_string())
        };
        assert_eq!(headers(&[]), None);
        assert_eq!(headers(&["nonsense"]), None);
        assert_eq!(headers(&["192.0.2.1"]).as_deref(), Some("192.0.2.1"));
        let lied = ["192.0.2.1, 192.0.2.2", "192.0.2.3, 2001:db8::4"];
        assert_eq!(headers(&lied).as_deref(), Some("2001:db8::4"));
    }

    #[test]
    fn a_public_url_takes_precedence() {
        let found =
            public_addresses("https://play.example:8443", ListenerKind::Plain, 1883).unwrap();
        assert_eq!(found.ws, "wss://play.example:8443/mqtt");
        assert_eq!(found.tcp.as_deref(), Some("mqtt://play.example:1883"));
    }
}
