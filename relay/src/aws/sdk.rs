//! Configuration of the AWS SDK, and its errors as text.

use std::error::Error;
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader};
use aws_sdk_sts::config::http::HttpResponse;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};

/// How long one call of AWS may take, and with its repetitions: a client waits for the answer.
const ATTEMPT: Duration = Duration::from_secs(3);
const OPERATION: Duration = Duration::from_secs(8);

/// The configuration as AWS's own tools find it, in environment and profiles; to be adjusted and
/// loaded.
#[must_use]
pub fn loader() -> ConfigLoader {
    let provider = tls::Provider::Rustls(CryptoMode::Ring);
    let client = aws_smithy_http_client::Builder::new()
        .tls_provider(provider)
        .build_https();
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(OPERATION)
        .build();
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(client)
        .timeout_config(timeouts)
}

/// What AWS says, or why it was not heard. The raw answer may hold secrets and is left out.
pub(super) fn in_words<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        _ => chain(error),
    }
}

/// An error and its causes.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}
