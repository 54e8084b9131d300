//! The changes and keyframes of a recording as one sequence in the order of ticks, without
//! duplicates, across all hosts.
//!
//! Non-goals: computing states.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use crate::format::{Entry, Source};
use netcode::wire::{self, Downlink, Keyframe, KeyframeParts};
use netcode::{ChangeOf, DeltaOf, Simulation, Slot, Tick, decode_downlink};
use protocol::Epoch;
use protocol::Roster;

/// A keyframe or a change, at a tick.
#[derive(Clone)]
pub(super) struct Item<S: Simulation> {
    pub(super) tick: Tick,
    /// Whether it is part of the tick's state; otherwise it affects the step that follows.
    pub(super) is_state: bool,
    pub(super) content: Content<S>,
}

#[derive(Clone)]
pub(super) enum Content<S: Simulation> {
    Keyframe(Epoch, Box<S>),
    Change(Slot, ChangeOf<S>),
}

/// A keyframe and its position in the timeline.
pub(super) struct KeyframeItem<'a, S> {
    pub(super) index: usize,
    pub(super) epoch: Epoch,
    pub(super) tick: Tick,
    pub(super) state: &'a S,
}

/// All of a recording, in the order of ticks.
#[derive(Clone)]
pub(super) struct Timeline<S: Simulation> {
    items: Vec<Item<S>>,
    /// The indices of the keyframes.
    keyframes: Vec<usize>,
    /// The rosters, each with the tick of its publication.
    rosters: Vec<(Tick, Roster)>,
    /// Ranges of ticks whose states are only predicted; both bounds are exclusive.
    predicted: Vec<(Tick, Tick)>,
    pub(super) first: Tick,
    pub(super) last: Tick,
}

/// The recorded messages of one host.
struct HostMessages<S: Simulation> {
    deltas: BTreeMap<u32, DeltaOf<S>>,
    keyframes: BTreeMap<u32, Keyframe<S>>,
}

impl<S: Simulation + DeserializeOwned> Timeline<S> {
    pub(super) fn new<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut timeline = Self {
            items: Vec::new(),
            keyframes: Vec::new(),
            rosters: Vec::new(),
            predicted: Vec::new(),
            first: Tick(0),
            last: Tick(0),
        };
        let mut logs: BTreeMap<Epoch, HostMessages<S>> = BTreeMap::new();
        let mut newest = Tick(0);
        let mut parts = KeyframeParts::default();
        for entry in entries {
            timeline.add(entry, &mut parts, &mut logs, &mut newest);
        }
        for (epoch, log) in logs {
            timeline.append(epoch, log);
        }
        for (index, item) in timeline.items.iter().enumerate() {
            if matches!(item.content, Content::Keyframe(..)) {
                timeline.keyframes.push(index);
            }
        }
        let first = timeline.items.first();
        timeline.first = first.map_or(Tick(0), |item| item.tick);
        timeline
    }

    /// Adds an entry to `logs` or to the rosters; payloads that cannot be decoded are ignored.
    /// `newest` is the newest tick so far.
    fn add(
        &mut self,
        entry: &Entry,
        parts: &mut KeyframeParts,
        logs: &mut BTreeMap<Epoch, HostMessages<S>>,
        newest: &mut Tick,
    ) {
        match entry.source {
            Source::Roster => {
                if let Ok(roster) = wire::decode(&entry.payload) {
                    self.rosters.push((*newest, roster));
                }
            }
            Source::Delta(epoch) => {
                if let Ok(Downlink::Delta(delta)) = decode_downlink::<S>(&entry.payload) {
                    *newest = (*newest).max(delta.tick);
                    let log = logs.entry(epoch).or_default();
                    log.deltas.entry(delta.seq).or_insert(delta);
                }
            }
            Source::Keyframe(epoch) => {
                if let Ok(Some(keyframe)) = parts.decode::<S>(&entry.payload, S::MAX_PAYLOAD)
                    && keyframe.epoch == epoch
                {
                    *newest = (*newest).max(keyframe.tick);
                    let log = logs.entry(epoch).or_default();
                    log.keyframes.entry(keyframe.seq).or_insert(keyframe);
                }
            }
            Source::Uplink(_) => {}
        }
    }

    /// Appends the messages of a host. Its first keyframe replaces the items of earlier hosts from its
    /// tick on.
    fn append(&mut self, epoch: Epoch, mut log: HostMessages<S>) {
        // The sequence number and the tick up to which nothing is missing.
        let mut known: Option<(u32, Tick)> = None;
        let mut lost = None;
        let mut has_keyframe = false;
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
                if !has_keyframe {
                    has_keyframe = true;
                    self.truncate(keyframe.tick);
                }
                let tick = keyframe.tick;
                if self.items.last().is_some_and(|item| item.tick > tick) {
                    continue;
                }
                if known.is_some_and(|(_, known)| known != tick) {
                    lost = known.map(|(_, tick)| tick);
                }
                if let Some(from) = lost.take() {
                    self.predicted.push((from, tick));
                }
                known = Some((seq, tick));
                self.last = self.last.max(tick);
                self.items.push(Item {
                    tick,
                    is_state: true,
                    content: Content::Keyframe(epoch, Box::new(keyframe.state)),
                });
            }
        }
    }

    /// Removes all items from this tick on.
    fn truncate(&mut self, tick: Tick) {
        while self.items.pop_if(|item| item.tick >= tick).is_some() {}
        while self.predicted.pop_if(|(from, _)| *from >= tick).is_some() {}
        self.last = self.items.last().map_or(Tick(0), |_| self.last.min(tick));
    }

    fn append_delta(&mut self, delta: DeltaOf<S>) {
        let base = delta.tick - u32::from(delta.span);
        let mut offset = 0;
        for timed in delta.changes {
            // Changes stay in the order of the delta, even if their offsets are not.
            offset = timed.offset.max(offset);
            if offset > delta.span {
                break;
            }
            self.items.push(Item {
                tick: base + u32::from(offset),
                is_state: offset == delta.span,
                content: Content::Change(timed.slot, timed.change),
            });
        }
    }
}

impl<S: Simulation> Timeline<S> {
    pub(super) fn item(&self, index: usize) -> Option<&Item<S>> {
        self.items.get(index)
    }

    /// The last keyframe at or before `tick`.
    pub(super) fn keyframe_before(&self, tick: Tick) -> Option<KeyframeItem<'_, S>> {
        let later = self
            .keyframes
            .partition_point(|&index| self.items[index].tick <= tick);
        let index = *self.keyframes.get(later.checked_sub(1)?)?;
        let item = &self.items[index];
        match &item.content {
            Content::Keyframe(epoch, state) => Some(KeyframeItem {
                index,
                epoch: *epoch,
                tick: item.tick,
                state,
            }),
            Content::Change(..) => None,
        }
    }

    /// The newest roster at `tick`, or the first one if it is later.
    pub(super) fn roster(&self, tick: Tick) -> Option<&Roster> {
        let later = self.rosters.partition_point(|(since, _)| *since <= tick);
        let index = later.saturating_sub(1);
        self.rosters.get(index).map(|(_, roster)| roster)
    }

    /// Whether the state at `tick` is only predicted.
    pub(super) fn is_predicted(&self, tick: Tick) -> bool {
        let begun = self.predicted.partition_point(|(from, _)| *from < tick);
        self.predicted[..begun]
            .last()
            .is_some_and(|(_, to)| tick < *to)
    }
}

impl<S: Simulation> Default for HostMessages<S> {
    fn default() -> Self {
        Self {
            deltas: BTreeMap::new(),
            keyframes: BTreeMap::new(),
        }
    }
}

impl<S: Simulation> HostMessages<S> {
    /// The lowest sequence number of a message.
    fn next(&self) -> Option<u32> {
        let delta = self.deltas.keys().next().copied();
        let keyframe = self.keyframes.keys().next().copied();
        delta.into_iter().chain(keyframe).min()
    }
}
