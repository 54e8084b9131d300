//! Subscribing the relay to its topics, with the relay's own AWS credentials.
//!
//! SNS then sends the relay a message that asks whether the subscription is wanted; the relay
//! answers it as any other, once it is proved. Whoever is subscribed already is not asked again.

use aws_config::{Region, SdkConfig};

use super::sdk::in_words;

/// Where the relay takes the messages of SNS.
const PATH: &str = "/sns";

/// Why there is no subscription.
#[derive(Debug, thiserror::Error)]
pub enum SubscribeError {
    /// Not an ARN of SNS.
    #[error("{0:?} is no topic: name it as arn:aws:sns:REGION:ACCOUNT:NAME")]
    NoTopic(String),
    /// SNS calls nothing but HTTP.
    #[error("{0:?} is no address that SNS could call: name the relay's with --public-url")]
    NoAddress(String),
    /// SNS does not let the relay subscribe.
    #[error("SNS does not subscribe the relay to {topic}: allow sns:Subscribe on it ({reason})")]
    Refused {
        /// The topic's ARN.
        topic: String,
        /// What AWS says.
        reason: String,
    },
}

/// Asks SNS to send the messages of `topic` to the relay at `public_url`.
///
/// # Errors
/// If the topic or the address is none, or SNS says no.
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
