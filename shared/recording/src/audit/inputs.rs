//! Checks that a host applied the players' inputs: each acknowledged input, in order, and no other.
//!
//! A host applies at most one input of a player per tick, not before the tick of its stamp, and an
//! input that changes nothing is invisible in the log. So a delta is correct if there is *any*
//! assignment of the inputs between two acknowledgements to ticks that gives its changes.
//!
//! Non-goals: inputs that the host may not have received.

use core::time::Duration;
use std::collections::VecDeque;

use netcode::wire::{Change, Delta};
use netcode::{MAX_SEATS, Simulation, Slot, Tick, is_due};
use protocol::{Epoch, PlayerId};

use super::limits::Limits;
use super::report::{OffenceKind, Report};
use super::rosters::Rosters;
use super::uplinks::{SentInput, SentInputs, Uplinks};

/// A player's controls in one tick of a delta.
#[derive(Clone, Copy, Debug)]
struct TickControls<C> {
    tick: Tick,
    /// The controls during the step of this tick.
    held: Option<C>,
    /// The new controls, if they changed before this step.
    steered: Option<C>,
}

/// The part of a delta about one player.
#[derive(Clone, Debug)]
struct PlayerDelta<C> {
    /// When the delta arrived.
    at: Duration,
    /// The number of the delta's entry.
    entry: u64,
    slot: Slot,
    base: Tick,
    ticks: Vec<TickControls<C>>,
    /// The stamp of the newest applied input, and its slack.
    ack: Option<(Tick, i8)>,
    /// Another player may have the seat after it.
    reseated: bool,
    /// Some of its inputs are acknowledged in another delta: the changes of a tick did not fit one
    /// delta, or this one repeats the changes of a lost one.
    split: bool,
}

/// An entry of the queue of checks.
#[derive(Clone, Debug)]
enum Item<C> {
    Delta(PlayerDelta<C>),
    /// Messages are missing here.
    Loss,
}

impl<C> Item<C> {
    fn arrived_before(&self, before: Duration) -> bool {
        match self {
            Self::Delta(delta) => delta.at <= before,
            Self::Loss => true,
        }
    }
}

/// What is known about the player in a seat.
#[derive(Clone, Copy, Debug, Default)]
struct SeatState {
    player: Option<PlayerId>,
    /// The stamp of the newest input that is known to have been applied.
    acknowledged: Option<Tick>,
    /// Inputs before this tick are not checked.
    unchecked_until: Tick,
}

/// The check of the inputs in one epoch's log.
#[derive(Clone, Debug)]
pub(super) struct InputCheck<C> {
    epoch: Epoch,
    /// Checked once the messages that belong to them have had time to arrive.
    items: VecDeque<Item<C>>,
    seats: [SeatState; MAX_SEATS],
    /// Whether the last delta was full of changes.
    was_full: bool,
    limits: Limits,
}

impl<C: Copy + PartialEq + core::fmt::Debug> InputCheck<C> {
    pub(super) fn new(epoch: Epoch, limits: Limits) -> Self {
        Self {
            epoch,
            items: VecDeque::new(),
            seats: [SeatState::default(); MAX_SEATS],
            was_full: false,
            limits,
        }
    }

    /// Begins the next delta; the states of its ticks follow by [`PendingDelta::observe`]. `entry`
    /// is the number of its entry.
    pub(super) fn begin_delta<M>(
        &mut self,
        delta: &Delta<C, M>,
        at: Duration,
        entry: u64,
        report: &mut Report,
    ) -> PendingDelta<C> {
        let base = delta.tick - u32::from(delta.span);
        let split = self.was_full || delta.changes.is_full() || !delta.repeated.is_empty();
        if !delta.repeated.is_empty() {
            // Changes are repeated, acknowledgements are not.
            self.mark_loss();
        }
        self.was_full = delta.changes.is_full();
        let mut players: Vec<PlayerDelta<C>> = Vec::new();
        let mut index_of = |slot: Slot| {
            let known = players.iter().position(|player| player.slot == slot);
            known.unwrap_or_else(|| {
                players.push(PlayerDelta {
                    at,
                    entry,
                    slot,
                    base,
                    ticks: Vec::new(),
                    ack: None,
                    reseated: false,
                    split,
                });
                players.len() - 1
            })
        };
        let acks = delta.acks.iter();
        let acks: Vec<_> = acks.map(|ack| (index_of(ack.slot), ack)).collect();
        let changes: Vec<_> = delta
            .changes
            .iter()
            .filter(|timed| !matches!(timed.change, Change::Message(_)))
            .map(|timed| (index_of(timed.slot), timed))
            .collect();
        for (index, ack) in acks {
            let stamp = (i64::from(delta.tick.0) + i64::from(ack.stamp)).max(0);
            let stamp = Tick(u32::try_from(stamp).unwrap_or(u32::MAX));
            players[index].ack = Some((stamp, ack.slack));
        }
        let mut steers = Vec::new();
        for (index, timed) in changes {
            if let Change::Steer(controls) = timed.change {
                let tick = base + u32::from(timed.offset);
                if steers.contains(&(index, tick)) {
                    let kind = OffenceKind::ChangedTwice;
                    report.add_offence(self.epoch, tick, Some(timed.slot), kind);
                }
                steers.push((index, tick));
                players[index].ticks.push(TickControls {
                    tick,
                    held: None,
                    steered: Some(controls),
                });
            } else {
                players[index].reseated = true;
            }
        }
        PendingDelta { players }
    }

    /// Queues a delta for the check, after all its ticks have been observed.
    pub(super) fn end_delta(&mut self, delta: PendingDelta<C>) {
        self.items
            .extend(delta.players.into_iter().map(Item::Delta));
    }

    /// Messages are missing: the newest applied inputs are unknown.
    pub(super) fn mark_loss(&mut self) {
        self.items.push_back(Item::Loss);
        self.was_full = false;
    }

    /// Checks all deltas that arrived before `before`.
    pub(super) fn check(
        &mut self,
        before: Duration,
        rosters: &Rosters,
        uplinks: &Uplinks<C>,
        report: &mut Report,
    ) {
        while let Some(item) = self.items.pop_front_if(|item| item.arrived_before(before)) {
            match item {
                Item::Delta(delta) => self.check_delta(&delta, rosters, uplinks, report),
                Item::Loss => {
                    for seat in &mut self.seats {
                        seat.acknowledged = None;
                    }
                }
            }
        }
    }

    fn check_delta(
        &mut self,
        delta: &PlayerDelta<C>,
        rosters: &Rosters,
        uplinks: &Uplinks<C>,
        report: &mut Report,
    ) {
        let steers = delta.steers().count() as u64;
        let Some(own) = rosters.host_slot(self.epoch) else {
            report.unverified_inputs += steers;
            return;
        };
        if own == Some(delta.slot) {
            // The inputs of the host's own player are not on the wire.
            return;
        }
        let seat = &mut self.seats[delta.slot.index()];
        if delta.reseated {
            *seat = SeatState::default();
        }
        let Some((stamp, slack)) = delta.ack else {
            if let Some((tick, controls)) = delta.steers().next()
                && !delta.split
                && !delta.reseated
            {
                let controls = format!("{controls:?}");
                let kind = OffenceKind::Unrequested { controls };
                report.add_offence(self.epoch, tick, Some(delta.slot), kind);
            }
            return;
        };
        let known = seat.acknowledged.replace(stamp);
        seat.player = seat.player.or_else(|| rosters.player(delta.slot));
        if i64::from(slack) > self.limits.max_ahead {
            // Acknowledged as too far ahead to be applied, which is possible only at arrival.
            if stamp.since(delta.base) <= self.limits.max_ahead {
                let kind = OffenceKind::WrongAck { stamp };
                report.add_offence(self.epoch, delta.base, Some(delta.slot), kind);
            }
            seat.unchecked_until = delta.base + self.limits.unchecked_ticks;
        }
        if known.is_some_and(|known| stamp <= known) {
            seat.unchecked_until = delta.base + self.limits.unchecked_ticks;
        }
        let unchecked = delta.base < seat.unchecked_until || delta.reseated || delta.split;
        let sent = seat
            .player
            .and_then(|player| uplinks.of(player))
            .filter(|sent| !unchecked && sent.is_reliable(delta.base));
        let inputs = known
            .zip(sent)
            .and_then(|(known, sent)| Some((sent, sent.between(known, stamp)?)));
        match inputs {
            Some((sent, inputs)) => {
                report.inputs += inputs.len() as u64;
                if let Some((tick, kind)) = delta.compare(sent, &inputs) {
                    report.add_offence(self.epoch, tick, Some(delta.slot), kind);
                }
            }
            None if sent.is_some_and(|sent| sent.never_sent(stamp)) => {
                let kind = OffenceKind::WrongAck { stamp };
                report.add_offence(self.epoch, delta.base, Some(delta.slot), kind);
            }
            None => report.unverified_inputs += steers,
        }
    }
}

/// A delta that is being applied.
pub(super) struct PendingDelta<C> {
    players: Vec<PlayerDelta<C>>,
}

impl<C: Copy + PartialEq> PendingDelta<C> {
    /// Adds the state of the delta's next tick.
    pub(super) fn observe<S: Simulation<Controls = C>>(&mut self, tick: Tick, state: &S) {
        for player in &mut self.players {
            let held = state.controls(player.slot);
            let ticks = &mut player.ticks;
            match ticks.iter_mut().find(|known| known.tick == tick) {
                Some(known) => known.held = held,
                None => ticks.push(TickControls {
                    tick,
                    held,
                    steered: None,
                }),
            }
        }
    }
}

impl<C: Copy + PartialEq + core::fmt::Debug> PlayerDelta<C> {
    fn steers(&self) -> impl Iterator<Item = (Tick, C)> + '_ {
        self.ticks
            .iter()
            .filter_map(|at| Some((at.tick, at.steered?)))
    }

    /// The offence if the host cannot have applied exactly these inputs.
    fn compare(
        &self,
        player: &SentInputs<C>,
        inputs: &[SentInput<C>],
    ) -> Option<(Tick, OffenceKind)> {
        let mut ticks = self.ticks.clone();
        ticks.sort_by_key(|at| at.tick);
        // `reach[n]`: the first `n` inputs can have been processed so far.
        let mut reach = vec![false; inputs.len() + 1];
        reach[0] = true;
        let unreceived: Vec<bool> = inputs
            .iter()
            .map(|input| player.may_be_unreceived(input, self.entry))
            .collect();
        let skip_unreceived = |reach: &mut Vec<bool>| {
            for (index, unreceived) in unreceived.iter().enumerate() {
                reach[index + 1] |= reach[index] && *unreceived;
            }
        };
        skip_unreceived(&mut reach);
        let mut stuck_at = 0;
        for at in &ticks {
            let mut next = vec![false; reach.len()];
            for (index, _) in reach.iter().enumerate().filter(|(_, reached)| **reached) {
                stuck_at = stuck_at.max(index);
                next[index] |= at.steered.is_none();
                if let Some(input) = inputs.get(index)
                    && is_due(input.tick, at.tick)
                    && Some(input.controls) == at.steered.or(at.held)
                {
                    next[index + 1] = true;
                }
            }
            skip_unreceived(&mut next);
            reach = next;
        }
        if reach[inputs.len()] {
            return None;
        }
        if let Some((tick, controls)) = self.unexplained(inputs) {
            let controls = format!("{controls:?}");
            return Some((tick, OffenceKind::Forged { controls }));
        }
        stuck_at = reach
            .iter()
            .rposition(|reached| *reached)
            .map_or(stuck_at, |last| last.max(stuck_at));
        let dropped = inputs.get(stuck_at).or(inputs.last())?;
        let kind = OffenceKind::Dropped {
            stamp: dropped.tick,
            controls: format!("{:?}", dropped.controls),
        };
        Some((dropped.tick.max(self.base), kind))
    }

    /// The first change of controls that matches none of the inputs, even if others were dropped.
    fn unexplained(&self, inputs: &[SentInput<C>]) -> Option<(Tick, C)> {
        let mut rest = inputs.iter();
        self.steers().find(|(tick, controls)| {
            !rest.any(|input| input.controls == *controls && is_due(input.tick, *tick))
        })
    }
}
