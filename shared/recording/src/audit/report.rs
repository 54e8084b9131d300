//! The findings of an audit: counts, offences and notes, with their text.
//!
//! Non-goals: how they are found.

use core::fmt;

use netcode::{Slot, Tick};
use protocol::Epoch;

/// The most offences, and the most notes, that are kept in full; all are counted.
const MAX_KEPT: usize = 100;

/// Something that an honest host never does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offence {
    /// The epoch of the log.
    pub epoch: Epoch,
    /// The first tick at which it is visible.
    pub tick: Tick,
    /// The seat whose controls are wrong; `None` if the state is.
    pub slot: Option<Slot>,
    /// The kind of offence, with details.
    pub kind: OffenceKind,
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "epoch {}, tick {}", self.epoch, self.tick)?;
        if let Some(slot) = self.slot {
            write!(f, ", slot {slot}")?;
        }
        write!(f, ": {}", self.kind)
    }
}

/// The kind of an [`Offence`], with details.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OffenceKind {
    /// The checksum in a delta is that of another state.
    #[error(
        "the host's state does not follow from the state at tick {base} and the inputs since: \
         its checksum is {published:08x}, and the computed one is {computed:08x}"
    )]
    WrongState {
        /// The last tick with a correct state.
        base: Tick,
        /// The checksum in the delta.
        published: u32,
        /// The checksum of the computed state.
        computed: u32,
    },
    /// A delta does not begin where the one before it ended.
    #[error("delta {seq} begins at tick {base}, but the one before it ended at tick {end}")]
    WrongBase {
        /// The sequence number of the delta.
        seq: u32,
        /// The tick at which it begins.
        base: i64,
        /// The tick at which it should begin.
        end: Tick,
    },
    /// A keyframe differs from the state that results from the deltas.
    #[error("the keyframe after delta {seq} differs from the state that results from the deltas")]
    WrongKeyframe {
        /// The sequence number of the last delta before it.
        seq: u32,
    },
    /// A new host did not continue the log of the old one.
    #[error(
        "the new host's first state does not follow from the old log, which ends at tick {end}"
    )]
    Discontinuity {
        /// The old log's last tick.
        end: Tick,
    },
    /// A player's controls changed, but none of its inputs was acknowledged.
    #[error("the controls became {controls}, but no input of this player was acknowledged")]
    Unrequested {
        /// The new controls.
        controls: String,
    },
    /// A player's controls changed to controls that it did not send.
    #[error("the controls became {controls}, which this player had not sent")]
    Forged {
        /// The new controls.
        controls: String,
    },
    /// An input was acknowledged but not applied.
    #[error("the input stamped for tick {stamp}, {controls}, was acknowledged but not applied")]
    Dropped {
        /// The tick for which the input is stamped.
        stamp: Tick,
        /// The controls in the input.
        controls: String,
    },
    /// More than one input of a player was applied in a tick.
    #[error("the controls changed twice in one tick")]
    ChangedTwice,
    /// An input was acknowledged that does not exist, or that was not as early as acknowledged.
    #[error("acknowledged an input stamped for tick {stamp} that this player did not send so")]
    WrongAck {
        /// The tick for which the acknowledged input is stamped.
        stamp: Tick,
    },
}

/// Something that the audit cannot check, or that is notable but not an offence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Note {
    /// Messages are missing: the recorder's link lost them, or the host did not send them.
    #[error("epoch {epoch}: unobserved from tick {from} to {to}")]
    Unobserved {
        /// The epoch of the log.
        epoch: Epoch,
        /// The last observed tick before the gap.
        from: Tick,
        /// The first observed tick after the gap.
        to: Tick,
    },
    /// Whether a new host continued the old log cannot be verified.
    #[error("epoch {epoch}, tick {tick}: the handover to the new host is unverified: {why}")]
    Handover {
        /// The epoch of the new host.
        epoch: Epoch,
        /// The new host's first tick.
        tick: Tick,
        /// The reason.
        why: &'static str,
    },
    /// A new host continued from an earlier state than the last observed one.
    #[error("epoch {epoch}: the new host went back to tick {to} from tick {from}")]
    WentBack {
        /// The epoch of the new host.
        epoch: Epoch,
        /// The old log's last tick.
        from: Tick,
        /// The tick from which the new host continued.
        to: Tick,
    },
}

/// What an audit has found so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The number of hosts whose logs were checked.
    pub epochs: u32,
    /// Ticks whose recomputed state equals the published one.
    pub ticks: u64,
    /// Deltas whose recomputed state equals the published one.
    pub deltas: u64,
    /// Keyframes that equal the state of the log.
    pub keyframes: u64,
    /// Inputs of players that were found in the log as sent.
    pub inputs: u64,
    /// Changes of controls that cannot be checked, because some inputs were not observed.
    pub unverified_inputs: u64,
    /// Ticks between the last one before a loss and the first one after it.
    pub unobserved_ticks: u64,
    /// Payloads that could not be decoded.
    pub unreadable: u64,
    /// The number of all offences, including those that are not kept.
    pub offence_count: u64,
    /// The first offences, in the order of detection.
    pub offences: Vec<Offence>,
    /// The first notes.
    pub notes: Vec<Note>,
}

impl Report {
    /// Whether no offence was found.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.offence_count == 0
    }

    /// The offence with the smallest epoch and tick, which may have caused the later ones.
    #[must_use]
    pub fn first(&self) -> Option<&Offence> {
        self.offences
            .iter()
            .min_by_key(|offence| (offence.epoch, offence.tick))
    }

    pub(super) fn add_offence(
        &mut self,
        epoch: Epoch,
        tick: Tick,
        slot: Option<Slot>,
        kind: OffenceKind,
    ) {
        self.offence_count += 1;
        if self.offences.len() < MAX_KEPT {
            self.offences.push(Offence {
                epoch,
                tick,
                slot,
                kind,
            });
        }
    }

    pub(super) fn add_note(&mut self, note: Note) {
        if self.notes.len() < MAX_KEPT {
            self.notes.push(note);
        }
    }

    pub(super) fn add_unobserved(&mut self, epoch: Epoch, from: Tick, to: Tick) {
        self.unobserved_ticks += u64::try_from(to.since(from)).unwrap_or(0);
        self.add_note(Note::Unobserved { epoch, from, to });
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
             controls unverified, {} payloads not decoded",
            self.unreadable
        )?;
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        for offence in &self.offences {
            writeln!(f, "OFFENCE: {offence}")?;
        }
        match self.first() {
            None => write!(f, "clean: no offence was found"),
            Some(first) => write!(f, "{} offences; the first: {first}", self.offence_count),
        }
    }
}
