//! How a host takes the players' payloads.
//!
//! Non-goals: the sender's identity, which the caller knows from the topic.

use core::time::Duration;

use crate::wire::{Change, DecodeError, Uplink, message_length};
use crate::{Simulation, Slot, decode_uplink};

use super::Host;
use crate::session::Notice;

/// The least time between two messages of one player; messages in between are dropped.
const MESSAGE_INTERVAL: Duration = Duration::from_millis(500);

impl<S: Simulation> Host<S> {
    /// Takes a payload of the input topic of the player to whom the seat is granted. Without effect
    /// if the seat is not granted.
    ///
    /// # Errors
    /// If the payload is not a message of this version; the session is unchanged.
    pub fn receive(
        &mut self,
        slot: Slot,
        payload: &[u8],
        now: Duration,
    ) -> Result<(), DecodeError> {
        let uplink = decode_uplink::<S>(payload).inspect_err(|_| self.health.rejected += 1)?;
        let Some(seat) = self.seats.get_mut(slot).filter(|seat| seat.is_granted()) else {
            return Ok(());
        };
        match uplink {
            Uplink::Leave => self.vacate(slot),
            Uplink::Gone => {
                seat.mark_gone(now);
                self.note_heard(slot, now);
            }
            Uplink::Input(input) => {
                self.mark_present(slot, now);
                let tick = self.tick;
                if let Some(player) = self.seats.player_mut(slot) {
                    self.health.late_inputs += player.enqueue::<S>(&input, tick);
                }
            }
            Uplink::Message(message) => {
                self.mark_present(slot, now);
                if message_length(&message).is_some() {
                    self.publish_message(slot, message, now);
                } else {
                    self.health.rejected += 1;
                }
            }
            Uplink::WantKeyframe => {
                self.mark_present(slot, now);
                self.log.want_keyframe();
            }
        }
        Ok(())
    }

    /// Notes that the player of the seat is present.
    fn mark_present(&mut self, slot: Slot, now: Duration) {
        if let Some(seat) = self.seats.get_mut(slot) {
            seat.mark_present();
        }
        self.insert(slot, now);
        self.note_heard(slot, now);
    }

    fn note_heard(&mut self, slot: Slot, now: Duration) {
        if let Some(player) = self.seats.player_mut(slot) {
            player.last_heard = now;
        }
    }

    /// Adds a player's message to the log, unless it comes too soon after the last one.
    pub(super) fn publish_message(&mut self, slot: Slot, message: S::Message, now: Duration) {
        let room = self.log.has_room_for_message();
        let Some(player) = self.seats.player_mut(slot).filter(|_| room) else {
            return;
        };
        if player
            .last_message
            .is_none_or(|last| now >= last + MESSAGE_INTERVAL)
        {
            player.last_message = Some(now);
            self.notices.push(Notice::Message {
                slot,
                message: message.clone(),
            });
            self.record(slot, Change::Message(message));
        }
    }
}
