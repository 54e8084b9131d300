//! The messages that SNS sends over HTTP, and the text that it signs.
//!
//! Source: the Amazon SNS developer guide, "Verifying the signatures of Amazon SNS messages".
//!
//! Non-goals: verification. A parsed message may be forged.

use std::collections::HashMap;

use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::SnsError;

/// What kind of message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum Kind {
    /// Asks for the confirmation of a subscription.
    SubscriptionConfirmation,
    /// A message of the topic.
    Notification,
    /// Says that the subscription has ended.
    UnsubscribeConfirmation,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::SubscriptionConfirmation => "SubscriptionConfirmation",
            Self::Notification => "Notification",
            Self::UnsubscribeConfirmation => "UnsubscribeConfirmation",
        }
    }
}

/// A parsed message.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Message {
    #[serde(rename = "Type")]
    pub(super) kind: Kind,
    pub(super) message_id: String,
    pub(super) topic_arn: String,
    pub(super) subject: Option<String>,
    pub(super) message: String,
    pub(super) timestamp: String,
    #[serde(default)]
    pub(super) signature_version: String,
    #[serde(default)]
    pub(super) signature: String,
    #[serde(default, rename = "SigningCertURL", alias = "SigningCertUrl")]
    pub(super) signing_cert_url: String,
    #[serde(rename = "SubscribeURL", alias = "SubscribeUrl")]
    pub(super) subscribe_url: Option<String>,
    token: Option<String>,
    #[serde(default)]
    message_attributes: HashMap<String, Attribute>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    value: String,
}

impl Message {
    pub(super) fn parse(body: &[u8]) -> Result<Self, SnsError> {
        serde_json::from_slice(body).map_err(|error| SnsError::Malformed(error.to_string()))
    }

    /// When it was sent, in seconds since the Unix epoch.
    pub(super) fn sent_at(&self) -> Result<u64, SnsError> {
        let time = OffsetDateTime::parse(&self.timestamp, &Rfc3339)
            .map_err(|_| SnsError::Malformed(format!("{:?} is no time", self.timestamp)))?;
        u64::try_from(time.unix_timestamp()).map_err(|_| SnsError::Stale(self.timestamp.clone()))
    }

    /// The topic's region: `arn:aws:sns:{region}:{account}:{name}`.
    pub(super) fn region(&self) -> Result<&str, SnsError> {
        self.topic_arn
            .split(':')
            .nth(3)
            .ok_or_else(|| SnsError::Malformed(format!("{:?} is no topic", self.topic_arn)))
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.message_attributes
            .get(name)
            .map(|attribute| attribute.value.as_str())
    }

    /// The text whose signature the message carries: each name and value on a line of its own, in
    /// the order of the names.
    pub(super) fn text_to_sign(&self) -> Result<String, SnsError> {
        let mut text = String::new();
        let mut line = |name: &str, value: &str| {
            text.push_str(name);
            text.push('\n');
            text.push_str(value);
            text.push('\n');
        };
        line("Message", &self.message);
        line("MessageId", &self.message_id);
        if self.kind == Kind::Notification {
            if let Some(subject) = &self.subject {
                line("Subject", subject);
            }
            line("Timestamp", &self.timestamp);
        } else {
            let missing = || SnsError::Malformed("it has no address and token".into());
            line(
                "SubscribeURL",
                self.subscribe_url.as_deref().ok_or_else(missing)?,
            );
            line("Timestamp", &self.timestamp);
            line("Token", self.token.as_deref().ok_or_else(missing)?);
        }
        line("TopicArn", &self.topic_arn);
        line("Type", self.kind.name());
        Ok(text)
    }
}
