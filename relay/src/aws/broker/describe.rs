//! Looks up an account's IoT endpoint: the only needed call of IoT's control plane, signed here
//! because its SDK is a hundred times as large.

use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_sdk_sts::config::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use ehttp::{Request, Response};
use serde::Deserialize;

use super::{AwsError, Endpoint};
use crate::aws::sdk::chain;

/// The control plane's name in signatures.
const SERVICE: &str = "iot";

/// The type of endpoint whose certificate is signed by a public authority.
const KIND: &str = "iot:Data-ATS";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    endpoint_address: String,
}

/// The account's endpoint in this region.
pub(super) async fn endpoint(config: &SdkConfig, region: &str) -> Result<Endpoint, AwsError> {
    let base = match config.endpoint_url() {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => control_plane(region),
    };
    let request = request(config, &base, region).await?;
    let response = tokio::task::spawn_blocking(move || ehttp::fetch_blocking(&request))
        .await
        .map_err(|error| AwsError::NoEndpoint(chain(&error)))?
        .map_err(AwsError::NoEndpoint)?;
    let answer: Answer = decode(&response)?;
    Endpoint::new(&answer.endpoint_address, base.starts_with("https://"))
        .map_err(|error| AwsError::NoEndpoint(error.to_string()))
}

fn control_plane(region: &str) -> String {
    let suffix = if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    };
    format!("https://{SERVICE}.{region}.{suffix}")
}

fn decode(response: &Response) -> Result<Answer, AwsError> {
    let body = response.text().unwrap_or_default();
    match serde_json::from_str(body) {
        Ok(answer) if response.ok => Ok(answer),
        _ => Err(AwsError::NoEndpoint(format!(
            "{} answers {} {body}",
            response.url, response.status
        ))),
    }
}

async fn request(config: &SdkConfig, base: &str, region: &str) -> Result<Request, AwsError> {
    let unsigned = |error: &dyn std::error::Error| AwsError::NoEndpoint(chain(error));
    let provider = config
        .credentials_provider()
        .ok_or_else(|| AwsError::NoCredentials("none are configured".into()))?;
    let credentials = provider
        .provide_credentials()
        .await
        .map_err(|error| AwsError::NoCredentials(chain(&error)))?;
    let identity = credentials.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(SERVICE)
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| unsigned(&error))?
        .into();
    let url = format!("{base}/endpoint?endpointType={}", KIND.replace(':', "%3A"));
    let signable = SignableRequest::new("GET", &url, std::iter::empty(), SignableBody::Bytes(b""))
        .map_err(|error| unsigned(&error))?;
    let (instructions, _) = sign(signable, &parameters)
        .map_err(|error| unsigned(&error))?
        .into_parts();
    let mut request = Request::get(&url);
    for (name, value) in instructions.headers() {
        request = request.with_header(name, value);
    }
    Ok(request)
}
