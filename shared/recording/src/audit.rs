//! Checks a match's log: that every state which a host published follows from what people did, and
//! that the host obeyed the pilots.
//!
//! It simulates the match again, from a recording ([`crate`]) or while it is played,
//! and may see less than everything: a link may lose, repeat and reorder messages. It reports as
//! an [`Offence`] only what no honest host does under any network, and as a [`Note`] what it
//! cannot judge. It deliberately judges no player, no chat and nobody's reasons for letting
//! somebody in or out.

mod inputs;
mod limits;
mod log;
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

use log::{Log, Opening};
use rosters::Rosters;
use uplinks::Uplinks;

pub use report::{Charge, Note, Offence, Report};

/// Epochs whose logs may be incomplete at a time: late messages of an old host, first ones of a
/// new host. More than that in a recording are made up.
const MAX_LOGS: usize = 4;

/// Checks a match, entry by entry.
pub struct Audit<S: Simulation> {
    /// Entries taken so far.
    seen: u64,
    now: Duration,
    rosters: Rosters,
    uplinks: Uplinks<S::Controls>,
    parts: KeyframeParts,
    logs: BTreeMap<Epoch, Log<S>>,
    /// Logs of epochs before this one are closed.
    oldest: Epoch,
    report: Report,
}

impl<S: Simulation> Default for Audit<S> {
    fn default() -> Self {
        Self {
            seen: 0,
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
    /// An audit that has seen nothing.
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

    /// Takes the next entry, in the order of arrival.
    pub fn take(&mut self, entry: &Entry) {
        self.seen += 1;
        self.now = self.now.max(entry.at);
        if self.read(entry).is_err() {
            self.report.unreadable += 1;
        }
        self.advance(self.now);
    }

    fn read(&mut self, entry: &Entry) -> Result<(), DecodeError> {
        let payload = &entry.payload;
        match entry.source {
            // Empty is the end of the match.
            Source::Roster if payload.is_empty() => {}
            Source::Roster => self.rosters.take(&wire::decode::<Roster>(payload)?),
            Source::Delta(epoch) => {
                if let Downlink::Delta(delta) = decode_downlink::<S>(payload)? {
                    let (at, seen) = (self.now, self.seen);
                    if let Some(log) = self.log(epoch) {
                        log.take_delta(delta, at, seen);
                    }
                }
            }
            // Empty is one that the relay has removed.
            Source::Keyframe(_) if payload.is_empty() => {}
            Source::Keyframe(epoch) => {
                let Some(keyframe) = self.parts.decode::<S>(payload, S::MAX_PAYLOAD)? else {
                    return Ok(());
                };
                if keyframe.epoch != epoch {
                    return Err(DecodeError::Malformed);
                }
                if let Some(log) = self.log(epoch) {
                    log.take_keyframe(keyframe);
                }
            }
            Source::Uplink(player) => self.read_uplink(player, payload)?,
        }
        Ok(())
    }

    fn read_uplink(&mut self, player: PlayerId, payload: &[u8]) -> Result<(), DecodeError> {
        match decode_uplink::<S>(payload)? {
            Uplink::Input(input) => {
                let tick = self.logs.values().rev().find_map(Log::tick);
                self.uplinks.take(player, &input, self.seen, tick);
            }
            Uplink::Leave | Uplink::Gone => self.uplinks.interrupt(player),
            Uplink::Message(_) | Uplink::WantKeyframe => {}
        }
        Ok(())
    }

    fn log(&mut self, epoch: Epoch) -> Option<&mut Log<S>> {
        if epoch < self.oldest {
            return None;
        }
        if !self.logs.contains_key(&epoch) {
            if self.logs.len() >= MAX_LOGS {
                return None;
            }
            self.logs.insert(epoch, Log::new(epoch));
        }
        self.logs.get_mut(&epoch)
    }

    fn advance(&mut self, now: Duration) {
        for log in self.logs.values_mut() {
            log.advance(now, &self.rosters, &self.uplinks, &mut self.report);
        }
        while let Some(mut newest) = self.logs.last_entry()
            && let Some(opening) = newest.get_mut().take_opening(now)
        {
            let epoch = *newest.key();
            let mut older = core::mem::take(&mut self.logs);
            self.logs = older.split_off(&epoch);
            self.oldest = epoch;
            if let Some((_, mut old)) = older.pop_last() {
                old.finish(&self.rosters, &self.uplinks, &mut self.report);
                self.check_handover(&mut old, epoch, &opening);
            }
        }
    }

    /// Checks that the log of `epoch` goes on from the old one.
    fn check_handover(&mut self, old: &mut Log<S>, epoch: Epoch, opening: &Opening<S>) {
        if !old.is_followed() {
            return;
        }
        let tick = opening.tick;
        let unverified = |why| Note::Handover { epoch, tick, why };
        let Some(end) = old.tick() else {
            let why = "the end of the old log was not observed";
            self.report.note(unverified(why));
            return;
        };
        if opening.seq > 0 {
            let why = "the beginning of the new log was not observed";
            self.report.note(unverified(why));
            return;
        }
        let own = self.rosters.host_slot(epoch).flatten();
        let host = self.rosters.host(epoch);
        let from = old.reaches(epoch, opening, &self.rosters, &self.uplinks);
        match from {
            Some(to) if to < end => {
                self.report.note(Note::WentBack {
                    epoch,
                    from: end,
                    to,
                });
            }
            Some(_) => {}
            None if own.is_some() || host.is_none() => {
                let why = "it flies itself, and not all of its own inputs are on the wire";
                self.report.note(unverified(why));
            }
            None if !old.is_reliable() => {
                let why = "the end of the old log may not have been observed";
                self.report.note(unverified(why));
            }
            None => {
                let charge = Charge::Discontinuity { end };
                self.report.accuse(epoch, tick, None, charge);
            }
        }
    }

    /// What was found so far; the last second is still to be judged.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// Judges what is left.
    #[must_use]
    pub fn finish(mut self) -> Report {
        self.advance(Duration::MAX);
        for log in self.logs.values_mut() {
            log.finish(&self.rosters, &self.uplinks, &mut self.report);
        }
        self.report
    }
}
