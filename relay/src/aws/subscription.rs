//! Subscribes the relay to SNS topics, with the relay's own AWS credentials.
//!
//! SNS then posts a request for confirmation to the relay, unless it is subscribed already; see
//! [`sns`](crate::sns).

use aws_config::{Region, SdkConfig};

use super::sdk::in_words;

/// The relay's path for messages of SNS.
const PATH: &str = "/sns";

/// Why the relay cannot subscribe.
#[derive(Debug, thiserror::Error)]
pub enum SubscribeError {
    /// Not an ARN of SNS.
    #[error("{0:?} is no topic: name it as arn:aws:sns:REGION:ACCOUNT:NAME")]
    NoTopic(String),
    /// Not an HTTP address.
    #[error("{0:?} is no address that SNS could call: name the relay's with --public-url")]
    NoAddress(String),
    /// SNS refuses the subscription.
    #[error("SNS does not subscribe the relay to {topic}: allow sns:Subscribe on it ({reason})")]
    Refused {
        /// The topic's ARN.
        topic: String,
        /// AWS's message.
        reason: String,
    },
}

/// Asks SNS to send the messages of `topic` to the relay at `public_url`.
///
/// # Errors
/// If the topic or the address is malformed, or SNS refuses.
pub async fn subscribe(
    config: &SdkConfig,
    topic: &str,
    public_url: &str,
) -> Result<(), SubscribeError> {
    let region = match topic.split(':').collect::<Vec<_>>()[..] {
        ["arn", _, "sns", region, _, _] => Region::new(region.to_owned()),
        _ => return Err(SubscribeError::NoTopic(topic.into())),
    };
    let Some((protocol @ ("http" | "https"), _)) = public_url.split_once("://") else {
        return Err(SubscribeError::NoAddress(public_url.into()));
    };
    let settings = aws_sdk_sns::config::Builder::from(config).region(region);
    aws_sdk_sns::Client::from_conf(settings.build())
        .subscribe()
        .topic_arn(topic)
        .protocol(protocol)
        .endpoint(format!("{}{PATH}", public_url.trim_end_matches('/')))
        .send()
        .await
        .map(drop)
        .map_err(|error| SubscribeError::Refused {
            topic: topic.into(),
            reason: in_words(&error),
        })
}
