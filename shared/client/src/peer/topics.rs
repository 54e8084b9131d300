//! The topics and the subscriptions of one participant.
//!
//! Non-goals: the input topics that a host reads: see [`super::seats`].

use link::Link;
use netcode::Outgoing;
use protocol::{Epoch, Role, Ticket, Topic};

/// The number of earlier epochs in which a host without a state searches for a keyframe.
const PAST_EPOCHS: u32 = 4;

/// The topics of one participant in one epoch, and the state of its optional subscriptions.
pub(super) struct Topics {
    delta: String,
    keyframe: String,
    input: String,
    /// The keyframe topics of earlier epochs that are subscribed to.
    past_keyframes: Vec<String>,
    /// Whether the epoch's keyframe topic is subscribed to.
    reads_keyframes: bool,
}

/// The kind of topic that a guest reads.
pub(super) enum GuestTopic {
    Delta,
    Keyframe,
    PastKeyframe,
}

impl Topics {
    pub(super) fn new(ticket: &Ticket, epoch: Epoch) -> Self {
        Self {
            delta: Topic::Delta(ticket.match_id, epoch).to_string(),
            keyframe: Topic::Keyframe(ticket.match_id, epoch).to_string(),
            input: Topic::Input(ticket.match_id, ticket.player).to_string(),
            past_keyframes: Vec::new(),
            reads_keyframes: false,
        }
    }

    /// The topic of a session's payload.
    pub(super) fn of(&self, outgoing: Outgoing) -> &str {
        match outgoing {
            Outgoing::Delta => &self.delta,
            Outgoing::Keyframe | Outgoing::KeyframePart => &self.keyframe,
            Outgoing::Uplink => &self.input,
        }
    }

    /// The kind of this topic, if a guest reads it.
    pub(super) fn read_by_guest(&self, topic: &str) -> Option<GuestTopic> {
        if topic == self.delta {
            Some(GuestTopic::Delta)
        } else if topic == self.keyframe {
            Some(GuestTopic::Keyframe)
        } else if self.past_keyframes.iter().any(|past| past == topic) {
            Some(GuestTopic::PastKeyframe)
        } else {
            None
        }
    }

    /// Whether keyframes of earlier epochs are searched.
    pub(super) const fn searches_past(&self) -> bool {
        !self.past_keyframes.is_empty()
    }

    /// Subscribes, on a new link, to what the ticket's role reads; a host without a state also to
    /// the keyframes of the last epochs.
    pub(super) fn subscribe(&mut self, link: &mut impl Link, ticket: &Ticket, has_state: bool) {
        link.subscribe(&as_strs(&ticket.topics.subscribe));
        if ticket.role == Role::Host && !has_state {
            let Epoch(present) = ticket.epoch;
            self.past_keyframes = (present.saturating_sub(PAST_EPOCHS)..present)
                .map(|past| Topic::Keyframe(ticket.match_id, Epoch(past)).to_string())
                .collect();
            link.subscribe(&as_strs(&self.past_keyframes));
        }
    }

    /// Subscribes to the epoch's keyframes while they are `wanted`.
    pub(super) fn read_keyframes(&mut self, link: &mut impl Link, wanted: bool) {
        if wanted != self.reads_keyframes {
            self.reads_keyframes = wanted;
            let topics = [self.keyframe.as_str()];
            if wanted {
                link.subscribe(&topics);
            } else {
                link.unsubscribe(&topics);
            }
        }
    }

    /// Ends the subscriptions of a guest that has become host.
    pub(super) fn stop_reading(&mut self, link: &mut impl Link) {
        self.read_keyframes(link, false);
        if !self.past_keyframes.is_empty() {
            link.unsubscribe(&as_strs(&self.past_keyframes));
        }
        self.past_keyframes.clear();
    }

    /// Reads the topics of another epoch instead.
    pub(super) fn follow(&mut self, link: &mut impl Link, ticket: &Ticket, epoch: Epoch) {
        link.unsubscribe(&[&self.delta]);
        self.read_keyframes(link, false);
        *self = Self {
            past_keyframes: core::mem::take(&mut self.past_keyframes),
            ..Self::new(ticket, epoch)
        };
        link.subscribe(&[&self.delta]);
    }
}

/// Borrows each topic.
pub(super) fn as_strs(topics: &[String]) -> Vec<&str> {
    topics.iter().map(String::as_str).collect()
}
