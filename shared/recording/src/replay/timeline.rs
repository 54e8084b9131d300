//! A recording as one line of decisions and keyframes, in the order of play: without repetitions,
//! and across hosts.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use crate::format::{Entry, Source};
use netcode::wire::{self, Downlink, Keyframe, KeyframeParts};
use netcode::{ChangeOf, DeltaOf, Simulation, Slot, Tick, decode_downlink};
use protocol::Epoch;
use protocol::Roster;

/// What the recording tells about one moment.
#[derive(Clone)]
pub(super) struct Item<S: Simulation> {
    pub(super) tick: Tick,
    /// Part of the tick's state; otherwise it happens in the step that follows.
    pub(super) settled: bool,
    pub(super) what: What<S>,
}

#[derive(Clone)]
pub(super) enum What<S: Simulation> {
    Keyframe(Epoch, Box<S>),
    Change(Slot, ChangeOf<S>),
}

/// A keyframe's place.
pub(super) struct Start<'a, S> {
    pub(super) index: usize,
    pub(super) epoch: Epoch,
    pub(super) tick: Tick,
    pub(super) state: &'a S,
}

/// All of a recording, in the order of play.
#[derive(Clone)]
pub(super) struct Timeline<S: Simulation> {
    items: Vec<Item<S>>,
    /// The indices of the keyframes.
    keyframes: Vec<usize>,
    /// With the tick from which each was in force.
    rosters: Vec<(Tick, Roster)>,
    /// Ticks whose states are only predicted: from after the first to before the second.
    guesses: Vec<(Tick, Tick)>,
    pub(super) first: Tick,
    pub(super) last: Tick,
}

/// What was recorded of one host.
struct Log<S: Simulation> {
    deltas: BTreeMap<u32, DeltaOf<S>>,
    keyframes: BTreeMap<u32, Keyframe<S>>,
}

impl<S: Simulation + DeserializeOwned> Timeline<S> {
    pub(super) fn new<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut timeline = Self {
            items: Vec::new(),
            keyframes: Vec::new(),
            rosters: Vec::new(),
            guesses: Vec::new(),
            first: Tick(0),
            last: Tick(0),
        };
        let mut logs: BTreeMap<Epoch, Log<S>> = BTreeMap::new();
        let mut heard = Tick(0);
        let mut parts = KeyframeParts::default();
        for entry in entries {
            timeline.sort(entry, &mut parts, &mut logs, &mut heard);
        }
        for (epoch, log) in logs {
            timeline.append(epoch, log);
        }
        for (index, item) in timeline.items.iter().enumerate() {
            if matches!(item.what, What::Keyframe(..)) {
                timeline.keyframes.push(index);
            }
        }
        let first = timeline.items.first();
        timeline.first = first.map_or(Tick(0), |item| item.tick);
        timeline
    }

    /// Puts an entry where it belongs; what is no message belongs nowhere.
    fn sort(
        &mut self,
        entry: &Entry,
        parts: &mut KeyframeParts,
        logs: &mut BTreeMap<Epoch, Log<S>>,
        heard: &mut Tick,
    ) {
        match entry.source {
            Source::Roster => {
                if let Ok(roster) = wire::decode(&entry.payload) {
                    self.rosters.push((*heard, roster));
                }
            }
            Source::Delta(epoch) => {
                if let Ok(Downlink::Delta(delta)) = decode_downlink::<S>(&entry.payload) {
                    *heard = (*heard).max(delta.tick);
                    let log = logs.entry(epoch).or_default();
                    log.deltas.entry(delta.seq).or_insert(delta);
                }
            }
            Source::Keyframe(epoch) => {
                if let Ok(Some(keyframe)) = parts.decode::<S>(&entry.payload, S::MAX_PAYLOAD)
                    && keyframe.epoch == epoch
                {
                    *heard = (*heard).max(keyframe.tick);
                    let log = logs.entry(epoch).or_default();
                    log.keyframes.entry(keyframe.seq).or_insert(keyframe);
                }
            }
            Source::Uplink(_) => {}
        }
    }

    /// Appends a host's log, whose first keyframe ends what older hosts say.
    fn append(&mut self, epoch: Epoch, mut log: Log<S>) {
        // The sequence number and the tick up to which all is known.
        let mut known: Option<(u32, Tick)> = None;
        let mut lost = None;
        let mut begun = false;
        while let Some(seq) = log.next() {
            if let Some(delta) = log.deltas.remove(&seq) {
                let next = known.and_then(|(last, tick)| {
                    let delta = delta.since(last)?;
                    (delta.tick.since(tick) == i64::from(delta.span)).then_some(delta)
                });
                if let Some(delta) = next {
                    known = Some((seq, delta.tick));
                    self.last = self.last.max(delta.tick);
                    self.append_delta(delta);
                } else if let Some((_, tick)) = known.take() {
                    lost = Some(tick);
                }
            }
            if let Some(keyframe) = log.keyframes.remove(&seq) {
                if !begun {
                    begun = true;
                    self.end_before(keyframe.tick);
                }
                let tick = keyframe.tick;
                if self.items.last().is_some_and(|item| item.tick > tick) {
                    continue;
                }
                if known.is_some_and(|(_, known)| known != tick) {
                    lost = known.map(|(_, tick)| tick);
                }
                if let Some(from) = lost.take() {
                    self.guesses.push((from, tick));
                }
                known = Some((seq, tick));
                self.last = self.last.max(tick);
                self.items.push(Item {
                    tick,
                    settled: true,
                    what: What::Keyframe(epoch, Box::new(keyframe.state)),
                });
            }
        }
    }

    /// Drops all from this tick on.
    fn end_before(&mut self, tick: Tick) {
        while self.items.pop_if(|item| item.tick >= tick).is_some() {}
        while self.guesses.pop_if(|(from, _)| *from >= tick).is_some() {}
        self.last = self.items.last().map_or(Tick(0), |_| self.last.min(tick));
    }

    fn append_delta(&mut self, delta: DeltaOf<S>) {
        let base = delta.tick - u32::from(delta.span);
        let mut offset = 0;
        for timed in delta.changes {
            // In the order of the delta, whatever it says.
            offset = timed.offset.max(offset);
            if offset > delta.span {
                break;
            }
            self.items.push(Item {
                tick: base + u32::from(offset),
                settled: offset == delta.span,
                what: What::Change(timed.slot, timed.change),
            });
        }
    }
}

impl<S: Simulation> Timeline<S> {
    pub(super) fn item(&self, index: usize) -> Option<&Item<S>> {
        self.items.get(index)
    }

    /// The last keyframe at or before a tick.
    pub(super) fn keyframe_before(&self, tick: Tick) -> Option<Start<'_, S>> {
        let later = self
            .keyframes
            .partition_point(|&index| self.items[index].tick <= tick);
        let index = *self.keyframes.get(later.checked_sub(1)?)?;
        let item = &self.items[index];
        match &item.what {
            What::Keyframe(epoch, state) => Some(Start {
                index,
                epoch: *epoch,
                tick: item.tick,
                state,
            }),
            What::Change(..) => None,
        }
    }

    /// The roster in force at a tick, or the first one if none was yet.
    pub(super) fn roster(&self, tick: Tick) -> Option<&Roster> {
        let later = self.rosters.partition_point(|(since, _)| *since <= tick);
        let index = later.saturating_sub(1);
        self.rosters.get(index).map(|(_, roster)| roster)
    }

    /// Whether a tick's state is only predicted.
    pub(super) fn is_guess(&self, tick: Tick) -> bool {
        let begun = self.guesses.partition_point(|(from, _)| *from < tick);
        self.guesses[..begun]
            .last()
            .is_some_and(|(_, to)| tick < *to)
    }
}

impl<S: Simulation> Default for Log<S> {
    fn default() -> Self {
        Self {
            deltas: BTreeMap::new(),
            keyframes: BTreeMap::new(),
        }
    }
}

impl<S: Simulation> Log<S> {
    /// The next sequence number of which there is something.
    fn next(&self) -> Option<u32> {
        let delta = self.deltas.keys().next().copied();
        let keyframe = self.keyframes.keys().next().copied();
        delta.into_iter().chain(keyframe).min()
    }
}
