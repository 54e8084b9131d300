//! The last verified states of one log: to compare keyframes with, and to check that a later state
//! follows from one of them.
//!
//! Non-goals: reporting what differs.

use std::collections::VecDeque;

use netcode::wire::{Keyframe, Payload};
use netcode::{Simulation, Slot, Tick, max_state};
use protocol::Epoch;
use serde::Serialize;

use super::rosters::Rosters;
use super::uplinks::{SentInputs, Uplinks};

/// The most states that are kept.
const MAX_STATES: usize = 64;

/// The most ticks that a new host may be ahead of the old log.
const MAX_LEAD: i64 = 600;

/// The state after a delta.
#[derive(Clone)]
pub(super) struct Checkpoint<S> {
    /// The delta's sequence number.
    pub(super) seq: u32,
    pub(super) tick: Tick,
    pub(super) state: S,
}

/// The last verified states, oldest first.
pub(super) struct PastStates<S> {
    states: VecDeque<Checkpoint<S>>,
    /// Buffers to compare two encoded states.
    left: Payload,
    right: Payload,
}

impl<S: Simulation + Serialize> PastStates<S> {
    pub(super) fn new() -> Self {
        Self {
            states: VecDeque::new(),
            left: Payload::with_limit(max_state::<S>()),
            right: Payload::with_limit(max_state::<S>()),
        }
    }

    pub(super) fn push(&mut self, checkpoint: Checkpoint<S>) {
        if self.states.len() == MAX_STATES {
            self.states.pop_front();
        }
        self.states.push_back(checkpoint);
    }

    /// Removes all states and starts with this one.
    pub(super) fn restart(&mut self, checkpoint: Checkpoint<S>) {
        self.states.clear();
        self.states.push_back(checkpoint);
    }

    /// The tick of the state after delta `seq`, if that state is kept.
    pub(super) fn tick(&self, seq: u32) -> Option<Tick> {
        let past = self.states.iter().find(|past| past.seq == seq);
        past.map(|past| past.tick)
    }

    /// Whether the keyframe has the tick and the state after its delta.
    pub(super) fn matches(&mut self, keyframe: &Keyframe<S>) -> bool {
        let Some(past) = self.states.iter().find(|past| past.seq == keyframe.seq) else {
            return false;
        };
        past.tick == keyframe.tick
            && match (
                self.left.encode(&past.state),
                self.right.encode(&keyframe.state),
            ) {
                (Ok(left), Ok(right)) => left == right,
                _ => past.state.checksum() == keyframe.state.checksum(),
            }
    }

    /// The last tick whose state leads to `state` at `tick`, with which the host of `epoch` began,
    /// if there is one: by prediction alone, or with the inputs that the host sent before as a
    /// player.
    pub(super) fn source_of(
        &mut self,
        (tick, state): (Tick, &S),
        epoch: Epoch,
        rosters: &Rosters,
        uplinks: &Uplinks<S::Controls>,
    ) -> Option<Tick> {
        let own = rosters.host_slot(epoch).flatten();
        let sent = rosters.host(epoch).and_then(|host| uplinks.of(host));
        self.source_with((tick, state), |_, _, _| ()).or_else(|| {
            let (slot, sent) = own.zip(sent)?;
            self.source_with((tick, state), |state, base, tick| {
                apply_input(state, slot, base, tick, sent);
            })
        })
    }

    /// The last tick whose state leads to the target, where `decide` changes the state before each
    /// step; its arguments are the state, the first tick and the present tick.
    fn source_with(
        &mut self,
        (target_tick, target): (Tick, &S),
        decide: impl Fn(&mut S, Tick, Tick),
    ) -> Option<Tick> {
        for past in self.states.iter().rev() {
            let ahead = target_tick.since(past.tick);
            if !(0..=MAX_LEAD).contains(&ahead) {
                continue;
            }
            let mut state = past.state.clone();
            for tick in past.tick.0..target_tick.0 {
                decide(&mut state, past.tick, Tick(tick));
                state.step(|_| ());
            }
            let equal = match (self.left.encode(&state), self.right.encode(target)) {
                (Ok(left), Ok(right)) => left == right,
                _ => false,
            };
            if equal {
                return Some(past.tick);
            }
        }
        None
    }
}

/// Applies a player's input as its own prediction does: the newest late input takes effect at the
/// first tick, `base`.
fn apply_input<S: Simulation>(
    state: &mut S,
    slot: Slot,
    base: Tick,
    tick: Tick,
    sent: &SentInputs<S::Controls>,
) {
    let late = sent.last_before(tick).filter(|_| tick == base);
    if let Some(controls) = sent.at(tick).or(late) {
        state.steer(slot, controls);
    }
}
