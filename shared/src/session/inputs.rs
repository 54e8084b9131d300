//! A guest's own inputs, from the hands to the host's acknowledgement.
//!
//! An input is named by the tick from which it holds, so a tick is stamped at most once. Those
//! that the host has not acknowledged are repeated in each message and applied in each prediction.

use core::time::Duration;

use arrayvec::ArrayVec;

use crate::sim::Tick;
use crate::wire::{Input, MAX_INPUTS, Stamped};

/// Inputs that the host has not acknowledged; beyond, the oldest are forgotten.
const MAX_PENDING: usize = 64;

/// The least time between two messages: hands are coalesced.
const INTERVAL: Duration = Duration::from_millis(33);

/// Messages a second for which the host's connection has room, deltas and inputs together: with
/// keyframes, what else comes and goes, and what comes too early or too late for its second, AWS
/// IoT Core's hundred.
const HOSTS_ROOM: u32 = 75;

/// Messages that a guest may send at once after having been silent; fewer if half a second's room
/// does not hold as many of each.
const BURST: u32 = 4;

/// The most time between two messages: proof of life, and how the lead is measured.
const HEARTBEAT: Duration = Duration::from_millis(500);

#[derive(Clone, Copy)]
struct Pending<C> {
    stamped: Stamped<C>,
    /// The clock's offset for which the stamp was right.
    offset: i64,
    stamped_at: Duration,
    sent: Option<Duration>,
}

/// What the acknowledgement of an input measures.
pub(super) struct Measured {
    pub(super) sent: Duration,
    /// See [`Pending::offset`].
    pub(super) offset: i64,
    /// How long the input was held back for the sake of the host's connection.
    pub(super) held: Duration,
}

#[derive(Clone, Default)]
pub(super) struct Inputs<C> {
    held: C,
    /// Oldest first, ticks strictly increasing.
    pending: ArrayVec<Pending<C>, MAX_PENDING>,
    last_sent: Option<Duration>,
    /// The guest's share of the host's room, as the time between two messages.
    share: Duration,
    /// Messages that it may send at once.
    burst: u32,
    /// When the share of all messages sent is used up (the generic cell rate algorithm's
    /// theoretical arrival time).
    used_until: Duration,
    /// Whether the newest has not been sent.
    unsent: bool,
}

impl<C: Copy + PartialEq> Inputs<C> {
    /// Shares with all other guests what the host's connection has room for, beside so many deltas
    /// a second.
    pub(super) fn share_room(&mut self, guests: usize, deltas: u32) {
        let room = HOSTS_ROOM.saturating_sub(deltas).max(1);
        self.share = Duration::from_secs(guests as u64) / room;
        self.burst = (room / 2 / (guests as u32).max(1)).clamp(1, BURST);
    }

    /// The hands hold `controls` from `tick` on.
    pub(super) fn steer(&mut self, controls: C, now: Duration, tick: Tick, offset: i64) {
        if controls != self.held {
            self.held = controls;
            self.stamp(now, tick, offset);
        }
    }

    fn stamp(&mut self, now: Duration, tick: Tick, offset: i64) {
        let mut stamped = Stamped {
            tick,
            controls: self.held,
        };
        if let Some(last) = self.pending.last_mut()
            && last.stamped.tick >= tick
        {
            if last.sent.is_none() {
                // Not sent yet, so its tick has room for the last word.
                last.stamped.controls = self.held;
                return;
            }
            // The clock has been set back; a name must not come twice.
            stamped.tick = last.stamped.tick + 1;
        }
        if self.pending.is_full() {
            self.pending.remove(0);
        }
        self.pending.push(Pending {
            stamped,
            offset,
            stamped_at: now,
            sent: None,
        });
        self.unsent = true;
    }

    /// What is not acknowledged may be lost: the next message, due at once, says it again.
    pub(super) fn repeat(&mut self) {
        self.unsent |= !self.pending.is_empty();
        self.last_sent = None;
    }

    /// The message that is due at `now`, if any; without news, a heartbeat stamped with `tick`.
    pub(super) fn due(
        &mut self,
        now: Duration,
        tick: Tick,
        offset: i64,
        round_trip: u8,
    ) -> Option<Input<C>> {
        let idle = self
            .last_sent
            .map_or(Duration::MAX, |last| now.saturating_sub(last));
        if idle >= HEARTBEAT && !self.unsent {
            self.stamp(now, tick, offset);
        }
        let crowded = now + self.share * self.burst.saturating_sub(1) < self.used_until;
        if !self.unsent || idle < INTERVAL || crowded {
            return None;
        }
        self.used_until = self.used_until.max(now) + self.share;
        for pending in &mut self.pending {
            pending.sent.get_or_insert(now);
        }
        self.unsent = false;
        self.last_sent = Some(now);
        let skipped = self.pending.len().saturating_sub(MAX_INPUTS);
        let stamped = self.pending.iter().skip(skipped);
        Some(Input {
            stamped: stamped.map(|pending| pending.stamped).collect(),
            round_trip,
        })
    }

    /// The host has obeyed all up to the one stamped `stamp`; what that tells, if it is known.
    pub(super) fn acknowledged(&mut self, stamp: i64) -> Option<Measured> {
        let tick = |pending: &Pending<C>| i64::from(pending.stamped.tick.0);
        let newest = self.pending.iter().find(|pending| tick(pending) == stamp);
        let measured = newest.and_then(|pending| {
            let sent = pending.sent?;
            Some(Measured {
                sent,
                offset: pending.offset,
                held: (sent - pending.stamped_at).saturating_sub(INTERVAL),
            })
        });
        self.pending.retain(|pending| tick(pending) > stamp);
        measured
    }

    /// The input that is stamped with this tick.
    pub(super) fn at(&self, tick: Tick) -> Option<C> {
        let stamped = self.pending.iter().map(|pending| pending.stamped);
        stamped
            .into_iter()
            .find(|stamped| stamped.tick == tick)
            .map(|stamped| stamped.controls)
    }

    /// The last input that was stamped before this tick and is not acknowledged: the host will
    /// obey it at once.
    pub(super) fn late(&self, tick: Tick) -> Option<C> {
        let stamped = self.pending.iter().map(|pending| pending.stamped);
        stamped
            .rev()
            .find(|stamped| stamped.tick < tick)
            .map(|stamped| stamped.controls)
    }
}
