//! Presigned URLs, which authorise a WebSocket to IoT Core.
//!
//! The signature is AWS's Signature Version 4 in the query, over the Host header only. IoT Core
//! expects the session token after the signature and not signed.

use std::time::{Duration, SystemTime};

use aws_sdk_sts::config::Credentials;
use aws_sigv4::http_request::{
    SessionTokenMode, SignableBody, SignableRequest, SignatureLocation, SigningError,
    SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use axum::http::Request;

use super::endpoint::Endpoint;

/// The validity in the URL. IoT Core always applies five minutes.
pub const VALIDITY: Duration = Duration::from_secs(5 * 60);

/// The service that takes MQTT connections.
const SERVICE: &str = "iotdevicegateway";

/// Its path of MQTT over WebSocket.
const PATH: &str = "/mqtt";

/// Why a URL cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum PresignError {
    /// The endpoint does not form a URL.
    #[error("the endpoint makes no URL")]
    Url(#[from] axum::http::Error),
    /// A parameter of the signer is missing.
    #[error("the signer misses a parameter")]
    Parameters(#[from] v4::signing_params::BuildError),
    /// The signer refuses the request.
    #[error("the signer refuses the request")]
    Signing(#[from] SigningError),
}

/// The URL with which a client connects, signed with `credentials` at the time `now`.
///
/// # Errors
/// If the endpoint does not form a URL.
pub fn websocket_url(
    endpoint: &Endpoint,
    region: &str,
    credentials: Credentials,
    now: SystemTime,
) -> Result<String, PresignError> {
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.session_token_mode = SessionTokenMode::Exclude;
    settings.expires_in = Some(VALIDITY);
    let identity = credentials.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(SERVICE)
        .time(now)
        .settings(settings)
        .build()?
        .into();

    let url = format!("https://{}{PATH}", endpoint.authority());
    let headers = std::iter::once(("host", endpoint.authority()));
    let request = SignableRequest::new("GET", &url, headers, SignableBody::Bytes(b""))?;
    let (instructions, _) = sign(request, &parameters)?.into_parts();
    let mut signed = Request::builder().uri(url).body(())?;
    instructions.apply_to_request_http1x(&mut signed);
    let query = signed.uri().query().unwrap_or_default();
    Ok(format!("{}{PATH}?{query}", endpoint.url("wss", "ws")))
}
