//! A player in a seat: its queued inputs and its liveness, as the host keeps them.
//!
//! Non-goals: the grant of the seat; see [`seats`](super::seats).

use core::time::Duration;

use arrayvec::ArrayVec;

use crate::wire::{Input, Stamped};
use crate::{Simulation, Tick};

use crate::session::late::{is_due, is_too_far_ahead};

/// The most inputs of one player that wait for their tick: more than a second of rapid changes.
pub(super) const MAX_QUEUE: usize = 32;

/// What a host keeps of a player in a seat.
#[derive(Clone, Debug)]
pub(super) struct Player<C> {
    /// Inputs that wait for their ticks, each with its slack; oldest first.
    queue: ArrayVec<(Stamped<C>, i8), MAX_QUEUE>,
    /// The newest stamp received: inputs that are not newer are repetitions.
    newest: Option<Tick>,
    /// The newest input that took effect since the last delta, and its slack.
    applied: Option<(Tick, i8)>,
    /// In ticks, as the player reports it; 0 until measured.
    pub(super) round_trip: u8,
    pub(super) last_heard: Duration,
    pub(super) last_message: Option<Duration>,
}

impl<C: Copy> Player<C> {
    pub(super) const fn new(now: Duration) -> Self {
        Self {
            queue: ArrayVec::new_const(),
            newest: None,
            applied: None,
            round_trip: 0,
            last_heard: now,
            last_message: None,
        }
    }

    /// Queues the inputs of a message that arrives in `tick`; returns how many of them are late.
    pub(super) fn enqueue<S>(&mut self, input: &Input<C>, tick: Tick) -> u32
    where
        S: Simulation<Controls = C>,
    {
        let mut late = 0;
        self.round_trip = input.round_trip;
        for stamped in &input.stamped {
            if self.newest.is_some_and(|newest| stamped.tick <= newest) {
                continue;
            }
            self.newest = Some(stamped.tick);
            let early = stamped.tick.since(tick);
            let slack = early.clamp(i64::from(i8::MIN), i64::from(i8::MAX)) as i8;
            if is_too_far_ahead::<S>(stamped.tick, tick) {
                self.applied = Some((stamped.tick, slack));
                // The sender's clock is wrong; its next stamps may be smaller.
                self.newest = None;
                continue;
            }
            late += u32::from(slack < 0);
            if self.queue.is_full() {
                self.queue.remove(0);
            }
            self.queue.push((*stamped, slack));
        }
        late
    }

    /// The next input whose tick has come.
    pub(super) fn take_due(&mut self, tick: Tick) -> Option<C> {
        self.queue
            .first()
            .filter(|(stamped, _)| is_due(stamped.tick, tick))?;
        let (stamped, slack) = self.queue.pop_at(0)?;
        self.applied = Some((stamped.tick, slack));
        Some(stamped.controls)
    }

    /// The stamp and slack to acknowledge in the next delta.
    pub(super) const fn take_acknowledgement(&mut self) -> Option<(Tick, i8)> {
        self.applied.take()
    }
}
