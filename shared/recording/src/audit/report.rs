//! What an audit found, in figures and in words.

use core::fmt;

use netcode::{Slot, Tick};
use protocol::Epoch;

/// Findings and notes of which the words are kept; all are counted.
const MAX_KEPT: usize = 100;

/// Something that an honest host does not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offence {
    /// In whose log.
    pub epoch: Epoch,
    /// The first tick at which it shows.
    pub tick: Tick,
    /// Whose controls it is about; `None` if it is about the whole state.
    pub slot: Option<Slot>,
    /// What, and how it shows.
    pub charge: Charge,
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "epoch {}, tick {}", self.epoch, self.tick)?;
        if let Some(slot) = self.slot {
            write!(f, ", slot {slot}")?;
        }
        write!(f, ": {}", self.charge)
    }
}

/// What an [`Offence`] is, and how it shows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Charge {
    /// A delta's checksum is of another state.
    #[error(
        "the host's state does not follow from the one at tick {base} and what people did since: \
         its checksum is {published:08x}, and the rules give {computed:08x}"
    )]
    FalseState {
        /// The last tick whose state was right.
        base: Tick,
        /// The checksum in the delta.
        published: u32,
        /// The checksum that follows.
        computed: u32,
    },
    /// A delta does not begin where the one before it ended.
    #[error("delta {seq} begins at tick {base}, but the one before it ended at tick {end}")]
    FalseBase {
        /// The delta.
        seq: u32,
        /// Where it says it begins.
        base: i64,
        /// Where it should begin.
        end: Tick,
    },
    /// A keyframe is not the state that the deltas make.
    #[error("the keyframe after delta {seq} is not the state that the deltas up to it make")]
    FalseKeyframe {
        /// The last delta before it.
        seq: u32,
    },
    /// A new host did not go on from where the old one stopped.
    #[error(
        "the new host did not begin with a state that the old log, which ends at tick {end}, \
         leads to"
    )]
    Discontinuity {
        /// The old log's last tick.
        end: Tick,
    },
    /// A pilot's controls changed and none of its inputs was acknowledged.
    #[error("the controls became {controls}, but no input of this pilot was obeyed then")]
    Unasked {
        /// The new controls.
        controls: String,
    },
    /// A pilot's controls changed to something that it did not send.
    #[error("the controls became {controls}, which this pilot had not sent")]
    Forged {
        /// The new controls.
        controls: String,
    },
    /// An input was acknowledged but not obeyed.
    #[error(
        "the input stamped for tick {stamp}, {controls}, was acknowledged and never took effect"
    )]
    Dropped {
        /// The input's tick.
        stamp: Tick,
        /// What the pilot's hands did.
        controls: String,
    },
    /// More than one input of a pilot took effect in a tick.
    #[error("the controls changed twice in one tick")]
    Twice,
    /// An acknowledgement names an input that does not exist, or misjudges it.
    #[error("acknowledged an input stamped for tick {stamp} that this pilot did not send so")]
    FalseAck {
        /// The tick.
        stamp: Tick,
    },
}

/// Something that the audit cannot judge, or that is worth knowing and no offence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Note {
    /// Messages are missing: the recorder's link lost them, or the host never sent them.
    #[error("epoch {epoch}: unobserved from tick {from} to {to}")]
    Unobserved {
        /// In whose log.
        epoch: Epoch,
        /// The last tick known.
        from: Tick,
        /// The next tick known.
        to: Tick,
    },
    /// Whether a new host went on from the old log cannot be told.
    #[error("epoch {epoch}, tick {tick}: how the new host took over is unverified: {why}")]
    Handover {
        /// The new host's.
        epoch: Epoch,
        /// Its first tick.
        tick: Tick,
        /// Why.
        why: &'static str,
    },
    /// A new host took over from an earlier state than the last one seen.
    #[error("epoch {epoch}: the new host went back to tick {to} from tick {from}")]
    WentBack {
        /// The new host's.
        epoch: Epoch,
        /// The old log's last tick.
        from: Tick,
        /// The last of its ticks that the new host knew.
        to: Tick,
    },
}

/// What an audit has found so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Hosts whose logs were read.
    pub epochs: u32,
    /// Ticks that were simulated again and came out as published.
    pub ticks: u64,
    /// Deltas that did.
    pub deltas: u64,
    /// Keyframes that were compared with the log's state.
    pub keyframes: u64,
    /// Inputs of pilots that were traced from their sender into the log.
    pub inputs: u64,
    /// Changes of controls whose inputs were not all seen, so that they prove nothing.
    pub unverified_inputs: u64,
    /// Ticks between those that are known before a loss and after it.
    pub unobserved_ticks: u64,
    /// Payloads that are no message of this version.
    pub unreadable: u64,
    /// All offences, also those of which no words are kept.
    pub offence_count: u64,
    /// The first offences, in the order in which they were found.
    pub offences: Vec<Offence>,
    /// The first notes.
    pub notes: Vec<Note>,
}

impl Report {
    /// Whether all that could be checked was as it should be.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.offence_count == 0
    }

    /// The offence with the smallest epoch and tick, which is the cause of what comes later.
    #[must_use]
    pub fn first(&self) -> Option<&Offence> {
        self.offences
            .iter()
            .min_by_key(|offence| (offence.epoch, offence.tick))
    }

    pub(super) fn accuse(&mut self, epoch: Epoch, tick: Tick, slot: Option<Slot>, charge: Charge) {
        self.offence_count += 1;
        if self.offences.len() < MAX_KEPT {
            self.offences.push(Offence {
                epoch,
                tick,
                slot,
                charge,
            });
        }
    }

    pub(super) fn note(&mut self, note: Note) {
        if self.notes.len() < MAX_KEPT {
            self.notes.push(note);
        }
    }

    pub(super) fn miss(&mut self, epoch: Epoch, from: Tick, to: Tick) {
        self.unobserved_ticks += u64::try_from(to.since(from)).unwrap_or(0);
        self.note(Note::Unobserved { epoch, from, to });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            epochs,
            ticks,
            deltas,
            keyframes,
            inputs,
            unverified_inputs,
            unobserved_ticks,
            ..
        } = self;
        writeln!(
            f,
            "checked {ticks} ticks in {deltas} deltas of {epochs} hosts, {keyframes} keyframes \
             and {inputs} inputs"
        )?;
        writeln!(
            f,
            "not checked: {unobserved_ticks} ticks unobserved, {unverified_inputs} changes of \
             controls unverified, {} payloads not understood",
            self.unreadable
        )?;
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        for offence in &self.offences {
            writeln!(f, "OFFENCE: {offence}")?;
        }
        match self.first() {
            None => write!(f, "clean: nothing that was checked speaks against a host"),
            Some(first) => write!(f, "{} offences; the first: {first}", self.offence_count),
        }
    }
}
