//! Checks the log of a match: that every state which a host published follows from the players'
//! inputs, and that the host applied those inputs.
//!
//! It simulates the match again, from a recording or while the match is played. The recorder's link
//! may have lost, duplicated or reordered messages. An [`Offence`] is something that no honest host
//! does on any network; what cannot be checked is a [`Note`].
//!
//! Non-goals: checking players, chat, and who was admitted to the match.

mod inputs;
mod limits;
mod log;
mod past_states;
mod report;
mod rosters;
mod uplinks;

use core::time::Duration;
use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::format::{Entry, Source};
use netcode::wire::{self, DecodeError, Downlink, KeyframeParts, Uplink};
use netcode::{Simulation, decode_downlink, decode_uplink};
use protocol::Roster;
use protocol::{Epoch, PlayerId};

use log::{EpochLog, LogStart};
use rosters::Rosters;
use uplinks::Uplinks;

pub use report::{Note, Offence, OffenceKind, Report};

/// The most epochs whose logs are checked at a time: late messages of an old host and the first ones
/// of a new host overlap. A recording with more is not one of a real match.
const MAX_LOGS: usize = 4;

/// Checks a match, entry by entry.
pub struct Audit<S: Simulation> {
    /// The number of entries received so far.
    entries: u64,
    now: Duration,
    rosters: Rosters,
    uplinks: Uplinks<S::Controls>,
    parts: KeyframeParts,
    logs: BTreeMap<Epoch, EpochLog<S>>,
    /// Logs of epochs before this one are closed.
    oldest: Epoch,
    report: Report,
}

impl<S: Simulation> Default for Audit<S> {
    fn default() -> Self {
        Self {
            entries: 0,
            now: Duration::ZERO,
            rosters: Rosters::default(),
            uplinks: Uplinks::new(limits::Limits::of::<S>()),
            parts: KeyframeParts::default(),
            logs: BTreeMap::new(),
            oldest: Epoch(0),
            report: Report::default(),
        }
    }
}

impl<S> Audit<S>
where
    S: Simulation + Serialize + DeserializeOwned,
{
    /// An audit without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Checks all entries of a recording.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Report {
        let mut audit = Self::new();
        for entry in entries {
            audit.take(entry);
        }
        audit.finish()
    }

    /// Adds the next entry, in the order of arrival.
    pub fn take(&mut self, entry: &Entry) {
        self.entries += 1;
        self.now = self.now.max(entry.at);
        if self.read(entry).is_err() {
            self.report.unreadable += 1;
        }
        self.advance(self.now);
    }

    fn read(&mut self, entry: &Entry) -> Result<(), DecodeError> {
        let payload = &entry.payload;
        match entry.source {
            // An empty roster marks the end of the match.
            Source::Roster if payload.is_empty() => {}
            Source::Roster => self.rosters.add(&wire::decode::<Roster>(payload)?),
            Source::Delta(epoch) => {
                if let Downlink::Delta(delta) = decode_downlink::<S>(payload)? {
                    let (at, entry) = (self.now, self.entries);
                    if let Some(log) = self.log(epoch) {
                        log.receive_delta(delta, at, entry);
                    }
                }
            }
            // An empty keyframe was removed by the relay.
            Source::Keyframe(_) if payload.is_empty() => {}
            Source::Keyframe(epoch) => {
                let Some(keyframe) = self.parts.decode::<S>(payload, S::MAX_PAYLOAD)? else {
                    return Ok(());
                };
                if keyframe.epoch != epoch {
                    return Err(DecodeError::Malformed);
                }
                if let Some(log) = self.log(epoch) {
                    log.receive_keyframe(keyframe);
                }
            }
            Source::Uplink(player) => self.read_uplink(player, payload)?,
        }
        Ok(())
    }

    fn read_uplink(&mut self, player: PlayerId, payload: &[u8]) -> Result<(), DecodeError> {
        match decode_uplink::<S>(payload)? {
            Uplink::Input(input) => {
                let tick = self.logs.values().rev().find_map(EpochLog::tick);
                self.uplinks.add(player, &input, self.entries, tick);
            }
            Uplink::Leave | Uplink::Gone => self.uplinks.mark_interrupted(player),
            Uplink::Message(_) | Uplink::WantKeyframe => {}
        }
        Ok(())
    }

    fn log(&mut self, epoch: Epoch) -> Option<&mut EpochLog<S>> {
        if epoch < self.oldest {
            return None;
        }
        if !self.logs.contains_key(&epoch) {
            if self.logs.len() >= MAX_LOGS {
                return None;
            }
            self.logs.insert(epoch, EpochLog::new(epoch));
        }
        self.logs.get_mut(&epoch)
    }

    fn advance(&mut self, now: Duration) {
        for log in self.logs.values_mut() {
            log.advance(now, &self.rosters, &self.uplinks, &mut self.report);
        }
        while let Some(mut newest) = self.logs.last_entry()
            && let Some(start) = newest.get_mut().take_start(now)
        {
            let epoch = *newest.key();
            let mut older = core::mem::take(&mut self.logs);
            self.logs = older.split_off(&epoch);
            self.oldest = epoch;
            if let Some((_, mut old)) = older.pop_last() {
                old.finish(&self.rosters, &self.uplinks, &mut self.report);
                self.check_handover(&mut old, epoch, &start);
            }
        }
    }

    /// Checks that the log of `epoch` continues the old one.
    fn check_handover(&mut self, old: &mut EpochLog<S>, epoch: Epoch, start: &LogStart<S>) {
        if !old.has_deltas() {
            return;
        }
        let tick = start.tick;
        let unverified = |why| Note::Handover { epoch, tick, why };
        let Some(end) = old.tick() else {
            let why = "the end of the old log was not observed";
            self.report.add_note(unverified(why));
            return;
        };
        if start.seq > 0 {
            let why = "the beginning of the new log was not observed";
            self.report.add_note(unverified(why));
            return;
        }
        let own = self.rosters.host_slot(epoch).flatten();
        let host = self.rosters.host(epoch);
        let source = old.source_of(start, epoch, &self.rosters, &self.uplinks);
        match source {
            Some(to) if to < end => {
                self.report.add_note(Note::WentBack {
                    epoch,
                    from: end,
                    to,
                });
            }
            Some(_) => {}
            None if own.is_some() || host.is_none() => {
                let why =
                    "the new host is a player too, and not all of its own inputs are on the wire";
                self.report.add_note(unverified(why));
            }
            None if !old.is_reliable() => {
                let why = "the end of the old log may not have been observed";
                self.report.add_note(unverified(why));
            }
            None => {
                let kind = OffenceKind::Discontinuity { end };
                self.report.add_offence(epoch, tick, None, kind);
            }
        }
    }

    /// The findings so far; the last second is not checked yet.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// Checks the rest and returns the findings.
    #[must_use]
    pub fn finish(mut self) -> Report {
        self.advance(Duration::MAX);
        for log in self.logs.values_mut() {
            log.finish(&self.rosters, &self.uplinks, &mut self.report);
        }
        self.report
    }
}
