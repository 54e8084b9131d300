//! The notices of a session as Bevy messages.

use arena::Arena;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use netcode::{Notice, NoticeOf};
use protocol::Roster;

use crate::messages::{ChatReceived, ConfirmedEvent, PredictedEvent};
use crate::state::MutedPilots;

/// Writes each notice as the message of its kind; what muted pilots say is dropped.
#[derive(SystemParam)]
pub(super) struct NoticeWriter<'w> {
    muted: Res<'w, MutedPilots>,
    predicted: MessageWriter<'w, PredictedEvent>,
    confirmed: MessageWriter<'w, ConfirmedEvent>,
    chat: MessageWriter<'w, ChatReceived>,
}

impl NoticeWriter<'_> {
    /// Writes a notice of the match whose pilots are those of `roster`.
    pub(super) fn write(&mut self, notice: NoticeOf<Arena>, roster: Option<&Roster>) {
        match notice {
            Notice::Predicted(event) => drop(self.predicted.write(PredictedEvent(event))),
            Notice::Confirmed { event, .. } => drop(self.confirmed.write(ConfirmedEvent(event))),
            Notice::Message { slot, message } => {
                let seats = roster.iter().flat_map(|roster| &roster.seats);
                let callsign = seats
                    .filter(|seat| seat.slot == slot)
                    .map(|seat| seat.callsign)
                    .next();
                if !self.muted.contains(slot, callsign) {
                    self.chat.write(ChatReceived { slot, say: message });
                }
            }
        }
    }
}
