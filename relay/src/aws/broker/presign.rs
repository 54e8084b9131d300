//! Presigned URLs: the right to open one WebSocket to IoT Core, in the URL itself.
//!
//! The signature is AWS's Signature Version 4 in the query, over the Host header alone. IoT Core
//! wants it made without the session token, which then follows. No clock is read here.

use std::time::{Duration, SystemTime};

use aws_sdk_sts::config::Credentials;
use aws_sigv4::http_request::{
    SessionTokenMode, SignableBody, SignableRequest, SignatureLocation, SigningError,
    SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use axum::http::Request;

use super::endpoint::Endpoint;

/// How long a URL says that it opens connections. IoT Core goes by five minutes whatever it says.
pub const VALIDITY: Duration = Duration::from_secs(5 * 60);

/// The service that takes MQTT connections.
const SERVICE: &str = "iotdevicegateway";

/// Where it takes MQTT over WebSocket.
const PATH: &str = "/mqtt";

/// Why nothing is signed.
#[derive(Debug, thiserror::Error)]
pub enum PresignError {
    /// The endpoint makes no request.
    #[error("the endpoint makes no URL")]
    Url(#[from] axum::http::Error),
    /// The signer misses a parameter.
    #[error("the signer misses a parameter")]
    Parameters(#[from] v4::signing_params::BuildError),
    /// The signer refuses the request.
    #[error("the signer refuses the request")]
    Signing(#[from] SigningError),
}

/// The URL by which the holder of `credentials` connects, signed as of `now`.
///
/// # Errors
/// If the endpoint makes no URL.
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
