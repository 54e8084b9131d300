//! The topics on which a participant publishes and which it tells apart, spelled once.

use crate::protocol::{Epoch, Ticket, Topic};
use crate::session::Outgoing;

/// The topics of one participant in one epoch.
pub(super) struct Names {
    pub(super) delta: String,
    pub(super) keyframe: String,
    pub(super) input: String,
}

impl Names {
    pub(super) fn new(ticket: &Ticket, epoch: Epoch) -> Self {
        Self {
            delta: Topic::Delta(ticket.match_id, epoch).to_string(),
            keyframe: Topic::Keyframe(ticket.match_id, epoch).to_string(),
            input: Topic::Input(ticket.match_id, ticket.player).to_string(),
        }
    }

    /// Where this goes.
    pub(super) fn of(&self, outgoing: Outgoing) -> &str {
        match outgoing {
            Outgoing::Delta => &self.delta,
            Outgoing::Keyframe => &self.keyframe,
            Outgoing::Uplink => &self.input,
        }
    }
}
