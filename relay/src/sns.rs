//! Announcements from Amazon SNS: the messages of a topic are announced to all clients.
//!
//! SNS posts to a public URL, so a message is accepted only if its signature is valid, its topic is
//! one of the operator's, and it is recent and not repeated.
//!
//! Non-goals: serving HTTP, publishing the announcements, and subscribing to topics.

mod certificate;
mod fetch;
mod message;
mod seen;

use core::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use netcode::Line;
use protocol::Announcement;
use protocol::{InvalidId, PlayerId};

pub use certificate::CertificateError;
pub use fetch::{Fetch, FetchError, over_https};

use certificate::Certificates;
use message::{Kind, Message};
use seen::Seen;

/// The longest body that SNS sends, in bytes: a message of 256 KiB and its envelope.
pub(crate) const MAX_BODY: usize = 300 * 1024;

/// The greatest age of an accepted message, and the greatest lead of its clock: more than the time
/// of SNS's first delivery attempts, and than clocks differ.
const FRESHNESS: Duration = Duration::from_secs(15 * 60);

/// How long messages are remembered: as long as they would be accepted.
const MEMORY: Duration = FRESHNESS.saturating_mul(2);

/// The headline of a message without a subject.
const NO_SUBJECT: &str = "News";

/// The message attribute with the player's id, if the message is for one player.
const PLAYER: &str = "player";

/// The effect of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// The subscription has been confirmed.
    Confirmed,
    /// An announcement to all clients or to this player.
    Announce(Option<PlayerId>, Box<Announcement>),
    /// The subscription has ended.
    Ended,
}

/// Why a message is refused.
#[derive(Debug, thiserror::Error)]
pub enum SnsError {
    /// Not a message of SNS.
    #[error("the body is no message of SNS: {0}")]
    Malformed(String),
    /// A topic that is not configured.
    #[error("the relay takes no messages of topic {0:?}: start it with --sns-topic")]
    ForeignTopic(String),
    /// Signed with SHA-1, or not signed.
    #[error("set the topic's SignatureVersion to 2, and raw message delivery off")]
    Unsigned,
    /// Too old, or from the future.
    #[error("the message was sent at {0}, too far from now")]
    Stale(String),
    /// An address that is not Amazon's.
    #[error("{0:?} is no address of SNS in the topic's region")]
    ForeignAddress(String),
    /// SNS refuses the confirmation.
    #[error("cannot confirm the subscription: {0}")]
    Unconfirmed(FetchError),
    /// The certificate cannot be used.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The signature is not by that certificate's key.
    #[error("the message's signature is wrong")]
    Forged,
    /// Accepted before.
    #[error("the message was taken before")]
    Repeated,
    /// It has no printable text.
    #[error("the message has no text that could be shown")]
    Empty,
    /// The attribute is no player's id.
    #[error("the attribute player is no player's id: {0}")]
    Player(#[from] InvalidId),
}

impl SnsError {
    /// The metric labels of all reasons.
    pub const REASONS: [&str; 11] = [
        "malformed",
        "foreign-topic",
        "unsigned",
        "stale",
        "foreign-address",
        "certificate",
        "forged",
        "repeated",
        "empty",
        "player",
        "unconfirmed",
    ];

    /// Its index in [`REASONS`](Self::REASONS).
    #[must_use]
    pub const fn reason(&self) -> usize {
        match self {
            Self::Malformed(_) => 0,
            Self::ForeignTopic(_) => 1,
            Self::Unsigned => 2,
            Self::Stale(_) => 3,
            Self::ForeignAddress(_) => 4,
            Self::Certificate(_) => 5,
            Self::Forged => 6,
            Self::Repeated => 7,
            Self::Empty => 8,
            Self::Player(_) => 9,
            Self::Unconfirmed(_) => 10,
        }
    }
}

/// Verifies the messages of some topics.
pub struct Sns {
    topics: Vec<String>,
    fetch: Fetch,
    certificates: Certificates,
    seen: Mutex<Seen>,
    accepted: AtomicU64,
    refused: [AtomicU64; SnsError::REASONS.len()],
}

/// Numbers of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Accepted messages.
    pub accepted: u64,
    /// Refused messages, in the order of [`SnsError::REASONS`].
    pub refused: [u64; SnsError::REASONS.len()],
}

impl fmt::Debug for Sns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sns")
            .field("topics", &self.topics)
            .finish_non_exhaustive()
    }
}

impl Sns {
    /// Accepts messages of these topics, each an ARN; `fetch` downloads certificates.
    #[must_use]
    pub fn new(topics: Vec<String>, fetch: Fetch) -> Self {
        Self {
            topics,
            fetch,
            certificates: Certificates::default(),
            seen: Mutex::default(),
            accepted: AtomicU64::new(0),
            refused: [const { AtomicU64::new(0) }; SnsError::REASONS.len()],
        }
    }

    /// The numbers of messages so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        Counters {
            accepted: self.accepted.load(Ordering::Relaxed),
            refused: self.refused.each_ref().map(|it| it.load(Ordering::Relaxed)),
        }
    }

    /// Verifies the body of a request at `now`, in seconds since 1970 (UTC). Blocks while it fetches
    /// a new certificate or confirms a subscription.
    ///
    /// # Errors
    /// If the message is refused.
    pub fn receive(&self, body: &[u8], now: u64) -> Result<Received, SnsError> {
        let outcome = self.verify(body, now);
        let counter = match &outcome {
            Ok(_) => &self.accepted,
            Err(error) => &self.refused[error.reason()],
        };
        counter.fetch_add(1, Ordering::Relaxed);
        outcome
    }

    fn verify(&self, body: &[u8], now: u64) -> Result<Received, SnsError> {
        let message = Message::parse(body)?;
        if !self.topics.contains(&message.topic_arn) {
            return Err(SnsError::ForeignTopic(message.topic_arn));
        }
        if message.signature_version != "2" {
            return Err(SnsError::Unsigned);
        }
        let sent = message.sent_at()?;
        if now.abs_diff(sent) > FRESHNESS.as_secs() {
            return Err(SnsError::Stale(message.timestamp));
        }
        let region = message.region()?;
        self.certificates.verify(
            &self.fetch,
            &message.signing_cert_url,
            region,
            message.text_to_sign()?.as_bytes(),
            &message.signature,
        )?;
        let received = match message.kind {
            Kind::SubscriptionConfirmation => {
                let url = message.subscribe_url.clone().unwrap_or_default();
                if !certificate::is_of_sns(&url, region) {
                    return Err(SnsError::ForeignAddress(url));
                }
                // Idempotent; marked as seen only after success, so that a failure is repeated.
                (self.fetch)(&url).map_err(SnsError::Unconfirmed)?;
                Received::Confirmed
            }
            Kind::Notification => announce(&message)?,
            Kind::UnsubscribeConfirmation => Received::Ended,
        };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.insert(&message.message_id, sent, now) {
            Ok(received)
        } else {
            Err(SnsError::Repeated)
        }
    }
}

fn announce(message: &Message) -> Result<Received, SnsError> {
    let text = Line::of(&message.message).ok_or(SnsError::Empty)?;
    let subject = message.subject.as_deref().unwrap_or(NO_SUBJECT);
    let headline = Line::of(subject).or_else(|| Line::of(NO_SUBJECT));
    let player = message
        .attribute(PLAYER)
        .map(str::parse::<PlayerId>)
        .transpose()?;
    let announcement = Announcement {
        id: seen::digest(&message.message_id),
        headline: headline.ok_or(SnsError::Empty)?,
        text,
    };
    Ok(Received::Announce(player, Box::new(announcement)))
}
