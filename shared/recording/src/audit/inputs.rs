//! Whether a host obeyed the pilots: each input that it acknowledged, in order, and nothing else.
//!
//! A host takes at most one input of a pilot in a tick, not before the tick for which it is
//! stamped, and one that changes nothing leaves no trace. So what it did in a delta is right if
//! there is *any* way to obey the inputs between two acknowledgements that looks like it. What a
//! host cannot have known is deliberately not held against it.

use core::time::Duration;
use std::collections::VecDeque;

use netcode::wire::{Change, Delta};
use netcode::{MAX_SEATS, Simulation, Slot, Tick};
use protocol::{Epoch, PlayerId};

use super::limits::Limits;
use super::report::{Charge, Report};
use super::rosters::Rosters;
use super::uplinks::{Player, Sent, Uplinks};

/// One tick of a pilot in a delta.
#[derive(Clone, Copy, Debug)]
struct Moment<C> {
    tick: Tick,
    /// What it held while the tick was stepped.
    held: Option<C>,
    /// Whether it held that only from this tick on.
    steered: Option<C>,
}

/// What a delta says of a pilot.
#[derive(Clone, Debug)]
struct Window<C> {
    /// When it arrived.
    at: Duration,
    /// The number of the entry that it is from.
    seen: u64,
    slot: Slot,
    base: Tick,
    moments: Vec<Moment<C>>,
    /// The newest input obeyed, and how early it came.
    ack: Option<(Tick, i8)>,
    /// Another person may sit in the seat after it.
    reseated: bool,
    /// Some of its inputs are acknowledged elsewhere: the host had to split a tick's between this
    /// delta and its neighbour, or repeats what a lost one told.
    split: bool,
}

/// What is judged in its turn.
#[derive(Clone, Debug)]
enum Item<C> {
    Window(Window<C>),
    /// Messages are missing here.
    Loss,
}

impl<C> Item<C> {
    fn is_ripe(&self, before: Duration) -> bool {
        match self {
            Self::Window(window) => window.at <= before,
            Self::Loss => true,
        }
    }
}

/// What is known of who sits in a seat.
#[derive(Clone, Copy, Debug, Default)]
struct Pilot {
    player: Option<PlayerId>,
    /// The newest input that is known to have been obeyed.
    acknowledged: Option<Tick>,
    /// Nothing is held against the host before this tick.
    doubted_until: Tick,
}

/// The inputs in one epoch's log.
#[derive(Clone, Debug)]
pub(super) struct Inputs<C> {
    epoch: Epoch,
    /// To be judged once everything that belongs to them had time to arrive.
    items: VecDeque<Item<C>>,
    pilots: [Pilot; MAX_SEATS],
    /// Whether the last delta had no room for more changes.
    was_full: bool,
    limits: Limits,
}

impl<C: Copy + PartialEq + core::fmt::Debug> Inputs<C> {
    pub(super) fn new(epoch: Epoch, limits: Limits) -> Self {
        Self {
            epoch,
            items: VecDeque::new(),
            pilots: [Pilot::default(); MAX_SEATS],
            was_full: false,
            limits,
        }
    }

    /// Takes the next delta, whose ticks' states come from `states` afterwards.
    pub(super) fn open<M>(
        &mut self,
        delta: &Delta<C, M>,
        at: Duration,
        seen: u64,
        report: &mut Report,
    ) -> Watch<C> {
        let base = delta.tick - u32::from(delta.span);
        let split = self.was_full || delta.changes.is_full() || !delta.repeated.is_empty();
        if !delta.repeated.is_empty() {
            // Changes are repeated, acknowledgements are not.
            self.forget();
        }
        self.was_full = delta.changes.is_full();
        let mut windows: Vec<Window<C>> = Vec::new();
        let mut of = |slot: Slot| {
            let known = windows.iter().position(|window| window.slot == slot);
            known.unwrap_or_else(|| {
                windows.push(Window {
                    at,
                    seen,
                    slot,
                    base,
                    moments: Vec::new(),
                    ack: None,
                    reseated: false,
                    split,
                });
                windows.len() - 1
            })
        };
        let acks: Vec<_> = delta.acks.iter().map(|ack| (of(ack.slot), ack)).collect();
        let changes: Vec<_> = delta
            .changes
            .iter()
            .filter(|timed| !matches!(timed.change, Change::Message(_)))
            .map(|timed| (of(timed.slot), timed))
            .collect();
        for (index, ack) in acks {
            let stamp = (i64::from(delta.tick.0) + i64::from(ack.stamp)).max(0);
            let stamp = Tick(u32::try_from(stamp).unwrap_or(u32::MAX));
            windows[index].ack = Some((stamp, ack.slack));
        }
        let mut steers = Vec::new();
        for (index, timed) in changes {
            if let Change::Steer(controls) = timed.change {
                let tick = base + u32::from(timed.offset);
                if steers.contains(&(index, tick)) {
                    report.accuse(self.epoch, tick, Some(timed.slot), Charge::Twice);
                }
                steers.push((index, tick));
                windows[index].moments.push(Moment {
                    tick,
                    held: None,
                    steered: Some(controls),
                });
            } else {
                windows[index].reseated = true;
            }
        }
        Watch { windows }
    }

    /// Keeps what [`open`](Self::open) gave, once it has seen the delta's ticks.
    pub(super) fn close(&mut self, watch: Watch<C>) {
        self.items
            .extend(watch.windows.into_iter().map(Item::Window));
    }

    /// Messages are missing: what was obeyed last is not known any more.
    pub(super) fn forget(&mut self) {
        self.items.push_back(Item::Loss);
        self.was_full = false;
    }

    /// Judges what arrived before `before`.
    pub(super) fn judge(
        &mut self,
        before: Duration,
        rosters: &Rosters,
        uplinks: &Uplinks<C>,
        report: &mut Report,
    ) {
        while let Some(item) = self.items.pop_front_if(|item| item.is_ripe(before)) {
            match item {
                Item::Window(window) => self.judge_one(&window, rosters, uplinks, report),
                Item::Loss => {
                    for pilot in &mut self.pilots {
                        pilot.acknowledged = None;
                    }
                }
            }
        }
    }

    fn judge_one(
        &mut self,
        window: &Window<C>,
        rosters: &Rosters,
        uplinks: &Uplinks<C>,
        report: &mut Report,
    ) {
        let steers = window.steers().count() as u64;
        let Some(own) = rosters.host_slot(self.epoch) else {
            report.unverified_inputs += steers;
            return;
        };
        if own == Some(window.slot) {
            // The host's own hands are not on the wire.
            return;
        }
        let pilot = &mut self.pilots[window.slot.index()];
        if window.reseated {
            *pilot = Pilot::default();
        }
        let Some((stamp, slack)) = window.ack else {
            if let Some((tick, controls)) = window.steers().next()
                && !window.split
                && !window.reseated
            {
                let controls = format!("{controls:?}");
                let charge = Charge::Unasked { controls };
                report.accuse(self.epoch, tick, Some(window.slot), charge);
            }
            return;
        };
        let known = pilot.acknowledged.replace(stamp);
        pilot.player = pilot.player.or_else(|| rosters.player(window.slot));
        if i64::from(slack) > self.limits.max_ahead {
            // Acknowledged as too far ahead to be obeyed, which only a fresh arrival can be.
            if stamp.since(window.base) <= self.limits.max_ahead {
                let charge = Charge::FalseAck { stamp };
                report.accuse(self.epoch, window.base, Some(window.slot), charge);
            }
            pilot.doubted_until = window.base + self.limits.doubt;
        }
        if known.is_some_and(|known| stamp <= known) {
            pilot.doubted_until = window.base + self.limits.doubt;
        }
        let doubted = window.base < pilot.doubted_until || window.reseated || window.split;
        let sent = pilot
            .player
            .and_then(|player| uplinks.of(player))
            .filter(|sent| !doubted && sent.is_trusted(window.base));
        let inputs = known
            .zip(sent)
            .and_then(|(known, sent)| Some((sent, sent.between(known, stamp)?)));
        match inputs {
            Some((sent, inputs)) => {
                report.inputs += inputs.len() as u64;
                if let Some((tick, charge)) = window.compare(sent, &inputs) {
                    report.accuse(self.epoch, tick, Some(window.slot), charge);
                }
            }
            None if sent.is_some_and(|sent| sent.never_sent(stamp)) => {
                let charge = Charge::FalseAck { stamp };
                report.accuse(self.epoch, window.base, Some(window.slot), charge);
            }
            None => report.unverified_inputs += steers,
        }
    }
}

/// The windows of a delta that is being applied.
pub(super) struct Watch<C> {
    windows: Vec<Window<C>>,
}

impl<C: Copy + PartialEq> Watch<C> {
    /// The delta's next tick.
    pub(super) fn see<S: Simulation<Controls = C>>(&mut self, tick: Tick, state: &S) {
        for window in &mut self.windows {
            let held = state.controls(window.slot);
            let moments = &mut window.moments;
            match moments.iter_mut().find(|moment| moment.tick == tick) {
                Some(moment) => moment.held = held,
                None => moments.push(Moment {
                    tick,
                    held,
                    steered: None,
                }),
            }
        }
    }
}

impl<C: Copy + PartialEq + core::fmt::Debug> Window<C> {
    fn steers(&self) -> impl Iterator<Item = (Tick, C)> + '_ {
        self.moments
            .iter()
            .filter_map(|moment| Some((moment.tick, moment.steered?)))
    }

    /// What is wrong if the host obeyed exactly these inputs, if anything is.
    fn compare(&self, player: &Player<C>, inputs: &[Sent<C>]) -> Option<(Tick, Charge)> {
        let mut moments = self.moments.clone();
        moments.sort_by_key(|moment| moment.tick);
        // `reach[n]`: the first `n` inputs may have been dealt with so far.
        let mut reach = vec![false; inputs.len() + 1];
        reach[0] = true;
        let unheard: Vec<bool> = inputs
            .iter()
            .map(|input| player.may_be_unheard(input, self.seen))
            .collect();
        let skip_unheard = |reach: &mut Vec<bool>| {
            for (index, unheard) in unheard.iter().enumerate() {
                reach[index + 1] |= reach[index] && *unheard;
            }
        };
        skip_unheard(&mut reach);
        let mut stuck_at = 0;
        for moment in &moments {
            let mut next = vec![false; reach.len()];
            for (index, _) in reach.iter().enumerate().filter(|(_, reached)| **reached) {
                stuck_at = stuck_at.max(index);
                next[index] |= moment.steered.is_none();
                if let Some(input) = inputs.get(index)
                    && input.tick <= moment.tick
                    && Some(input.controls) == moment.steered.or(moment.held)
                {
                    next[index + 1] = true;
                }
            }
            skip_unheard(&mut next);
            reach = next;
        }
        if reach[inputs.len()] {
            return None;
        }
        if let Some((tick, controls)) = self.unexplained(inputs) {
            let controls = format!("{controls:?}");
            return Some((tick, Charge::Forged { controls }));
        }
        stuck_at = reach
            .iter()
            .rposition(|reached| *reached)
            .map_or(stuck_at, |last| last.max(stuck_at));
        let dropped = inputs.get(stuck_at).or(inputs.last())?;
        let charge = Charge::Dropped {
            stamp: dropped.tick,
            controls: format!("{:?}", dropped.controls),
        };
        Some((dropped.tick.max(self.base), charge))
    }

    /// The first change of controls that none of the inputs explains, even if others were dropped.
    fn unexplained(&self, inputs: &[Sent<C>]) -> Option<(Tick, C)> {
        let mut rest = inputs.iter();
        self.steers().find(|(tick, controls)| {
            !rest.any(|input| input.controls == *controls && input.tick <= *tick)
        })
    }
}
