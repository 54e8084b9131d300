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

/// The most time between two messages: proof of life, and how the lead is measured.
const HEARTBEAT: Duration = Duration::from_millis(500);

#[derive(Clone, Copy)]
struct Pending<C> {
    stamped: Stamped<C>,
    /// The clock's offset for which the stamp was right.
    offset: i64,
    sent: Option<Duration>,
}

#[derive(Clone, Default)]
pub(super) struct Inputs<C> {
    held: C,
    /// Oldest first, ticks strictly increasing.
    pending: ArrayVec<Pending<C>, MAX_PENDING>,
    last_sent: Option<Duration>,
    /// Whether the newest has not been sent.
    unsent: bool,
}

impl<C: Copy + PartialEq> Inputs<C> {
    /// The hands hold `controls` from `tick` on.
    pub(super) fn steer(&mut self, controls: C, tick: Tick, offset: i64) {
        if controls != self.held {
            self.held = controls;
            self.stamp(tick, offset);
        }
    }

    fn stamp(&mut self, tick: Tick, offset: i64) {
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
    pub(super) fn due(&mut self, now: Duration, tick: Tick, offset: i64) -> Option<Input<C>> {
        let idle = self
            .last_sent
            .map_or(Duration::MAX, |last| now.saturating_sub(last));
        if idle >= HEARTBEAT && !self.unsent {
            self.stamp(tick, offset);
        }
        if !self.unsent || idle < INTERVAL {
            return None;
        }
        for pending in &mut self.pending {
            pending.sent.get_or_insert(now);
        }
        self.unsent = false;
        self.last_sent = Some(now);
        let skipped = self.pending.len().saturating_sub(MAX_INPUTS);
        let stamped = self.pending.iter().skip(skipped);
        Some(Input {
            stamped: stamped.map(|pending| pending.stamped).collect(),
        })
    }

    /// The host has obeyed all up to the one stamped `stamp`; when that one was sent, and the
    /// clock's offset then, if it is known.
    pub(super) fn acknowledged(&mut self, stamp: i64) -> Option<(Duration, i64)> {
        let tick = |pending: &Pending<C>| i64::from(pending.stamped.tick.0);
        let newest = self.pending.iter().find(|pending| tick(pending) == stamp);
        let measured = newest.and_then(|pending| Some((pending.sent?, pending.offset)));
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
