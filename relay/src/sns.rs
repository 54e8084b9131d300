//! Announcements from Amazon SNS: what a topic notifies of becomes news for every client.
//!
//! SNS calls a public URL, so whoever calls is believed only once the message proves that it comes
//! from SNS, from a topic that the operator named, now, and for the first time. This module judges
//! messages; it deliberately neither serves HTTP nor tells anybody.

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

/// A message that is older than this, or that far in the future, is not taken: longer than SNS
/// tries to deliver one at first, and than clocks differ.
const FRESHNESS: Duration = Duration::from_secs(15 * 60);

/// How long messages are remembered: as long as they would be taken.
const MEMORY: Duration = FRESHNESS.saturating_mul(2);

/// The headline of a message without a subject.
const NO_SUBJECT: &str = "News";

/// The message attribute that makes a message one player's.
const PLAYER: &str = "player";

/// What a message asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// Nothing more: it asked whether the subscription is wanted, which has been confirmed.
    Confirmed,
    /// To tell everybody, or this player alone.
    Announce(Option<PlayerId>, Box<Announcement>),
    /// Nothing: the subscription has ended.
    Ended,
}

/// Why a message is not believed, or of no use.
#[derive(Debug, thiserror::Error)]
pub enum SnsError {
    /// Not what SNS sends.
    #[error("the body is no message of SNS: {0}")]
    Malformed(String),
    /// A topic that the operator did not name.
    #[error("the relay takes no messages of topic {0:?}: start it with --sns-topic")]
    ForeignTopic(String),
    /// Signed with SHA-1, or not at all.
    #[error("set the topic's SignatureVersion to 2, and raw message delivery off")]
    Unsigned,
    /// Too old, or of the future.
    #[error("the message was sent at {0}, too far from now")]
    Stale(String),
    /// An address that is not Amazon's.
    #[error("{0:?} is no address of SNS in the topic's region")]
    ForeignAddress(String),
    /// SNS does not take the confirmation.
    #[error("cannot confirm the subscription: {0}")]
    Unconfirmed(FetchError),
    /// The certificate cannot be had or read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The signature is not by that certificate's key.
    #[error("the message's signature is wrong")]
    Forged,
    /// Taken before.
    #[error("the message was taken before")]
    Repeated,
    /// There is nothing to show.
    #[error("the message has no text that could be shown")]
    Empty,
    /// The attribute is no player's id.
    #[error("the attribute player is no player's id: {0}")]
    Player(#[from] InvalidId),
}

impl SnsError {
    /// Every reason's name on the metrics page.
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

    /// Which of [`REASONS`](Self::REASONS) it is.
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

/// Believes the messages of some topics.
pub struct Sns {
    topics: Vec<String>,
    fetch: Fetch,
    certificates: Certificates,
    seen: Mutex<Seen>,
    accepted: AtomicU64,
    refused: [AtomicU64; SnsError::REASONS.len()],
}

/// What has become of the messages so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Believed.
    pub accepted: u64,
    /// Refused, in the order of [`SnsError::REASONS`].
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
    /// Takes the messages of these topics, each an ARN; certificates come by `fetch`.
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

    /// What has become of the messages so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        Counters {
            accepted: self.accepted.load(Ordering::Relaxed),
            refused: self.refused.each_ref().map(|it| it.load(Ordering::Relaxed)),
        }
    }

    /// Judges the body of a request at `now`, in seconds since the Unix epoch. Blocks while it
    /// fetches a certificate that it does not know, or confirms a subscription.
    ///
    /// # Errors
    /// If the message is not to be believed, or nothing can be made of it.
    pub fn receive(&self, body: &[u8], now: u64) -> Result<Received, SnsError> {
        let outcome = self.judge(body, now);
        let counter = match &outcome {
            Ok(_) => &self.accepted,
            Err(error) => &self.refused[error.reason()],
        };
        counter.fetch_add(1, Ordering::Relaxed);
        outcome
    }

    fn judge(&self, body: &[u8], now: u64) -> Result<Received, SnsError> {
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
                // Twice does no harm, and a failure is to be tried again: so it is not yet seen.
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
