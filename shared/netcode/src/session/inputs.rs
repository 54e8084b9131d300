//! The local inputs of a guest, from the input device to the host's acknowledgement.
//!
//! An input is identified by the tick from which it holds, so a tick is stamped at most once.
//! Unacknowledged inputs are repeated in each message and applied in each prediction.
//!
//! Non-goals: reading an input device.

use core::time::Duration;

use arrayvec::ArrayVec;

use crate::Tick;
use crate::wire::{Input, MAX_INPUTS, Stamped};

/// The most unacknowledged inputs; the oldest are dropped.
const MAX_PENDING: usize = 64;

/// The least time between two messages; changes within it are sent together.
const INTERVAL: Duration = Duration::from_millis(33);

/// Messages per second that the host's connection can carry, deltas and inputs together. With
/// keyframes, other messages and bursts this stays within AWS IoT Core's limit of 100.
const HOST_CAPACITY: u32 = 75;

/// The most messages that a guest may send at once after a silence; fewer if half a second's
/// capacity is less than that for each guest.
const BURST: u32 = 4;

/// The most time between two messages: keeps the seat and measures the lead.
const HEARTBEAT: Duration = Duration::from_millis(500);

#[derive(Clone, Copy)]
struct Pending<C> {
    stamped: Stamped<C>,
    /// The clock's offset at which the stamp was right.
    offset: i64,
    stamped_at: Duration,
    sent: Option<Duration>,
}

/// The measurement of an acknowledged input.
pub(super) struct Measured {
    pub(super) sent: Duration,
    /// See [`Pending::offset`].
    pub(super) offset: i64,
    /// How long the input was held back by the send limit.
    pub(super) held: Duration,
}

#[derive(Clone, Default)]
pub(super) struct Inputs<C> {
    held: C,
    /// Oldest first, ticks strictly increasing.
    pending: ArrayVec<Pending<C>, MAX_PENDING>,
    last_sent: Option<Duration>,
    /// The guest's share of the host's capacity, as the time between two messages.
    share: Duration,
    /// Messages that may be sent at once.
    burst: u32,
    /// The theoretical arrival time of the generic cell rate algorithm (ITU-T I.371).
    used_until: Duration,
    /// Whether the newest input has not been sent.
    unsent: bool,
}

impl<C: Copy + PartialEq> Inputs<C> {
    /// Divides the host's capacity, less `deltas` per second, among `guests` senders.
    pub(super) fn set_share(&mut self, guests: usize, deltas: u32) {
        let capacity = HOST_CAPACITY.saturating_sub(deltas).max(1);
        self.share = Duration::from_secs(guests as u64) / capacity;
        self.burst = (capacity / 2 / (guests as u32).max(1)).clamp(1, BURST);
    }

    /// Holds `controls` from `tick` on.
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
                // Not sent yet, so the same tick can take the newer controls.
                last.stamped.controls = self.held;
                return;
            }
            // The clock has been set back; a tick must not be stamped twice.
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

    /// Unacknowledged inputs may be lost: makes a message that repeats them due at once.
    pub(super) fn repeat(&mut self) {
        self.unsent |= !self.pending.is_empty();
        self.last_sent = None;
    }

    /// The message that is due at `now`, if any; without new inputs, a heartbeat stamped with
    /// `tick`.
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
        let limited = now + self.share * self.burst.saturating_sub(1) < self.used_until;
        if !self.unsent || idle < INTERVAL || limited {
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

    /// Removes all inputs up to the acknowledged `stamp`; returns its measurement if it was known.
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

    /// The input stamped with this tick.
    pub(super) fn at(&self, tick: Tick) -> Option<C> {
        let stamped = self.pending.iter().map(|pending| pending.stamped);
        stamped
            .into_iter()
            .find(|stamped| stamped.tick == tick)
            .map(|stamped| stamped.controls)
    }

    /// The last unacknowledged input stamped before this tick: the host will apply it at once.
    pub(super) fn late(&self, tick: Tick) -> Option<C> {
        let stamped = self.pending.iter().map(|pending| pending.stamped);
        stamped
            .rev()
            .find(|stamped| stamped.tick < tick)
            .map(|stamped| stamped.controls)
    }
}
