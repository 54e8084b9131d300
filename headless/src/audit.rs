//! `relay audit`: checks that a host played by the rules, in a recording or while it plays.
//!
//! The judgement is [`recording::audit`]'s; here it is fetched and told.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use arena::{Arena, RULES_VERSION};
use recording::audit::{Audit, Report};
use recording::{ReadError, Reader};

use crate::record::{Listen, Listener, RecordError};

/// How often a live audit says how it goes.
const REPORT: Duration = Duration::from_secs(5);

/// Why nothing can be said about a host.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The file cannot be opened.
    #[error("cannot open {}: {reason}", .path.display())]
    Open {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// The file is no recording.
    #[error("{}: {reason}", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: ReadError,
    },
    /// The match was played by other rules.
    #[error(
        "the match was played by rules of version {0}, and this program knows version \
         {RULES_VERSION}: audit it with the version that recorded it"
    )]
    Rules(u32),
    /// The match cannot be watched.
    #[error(transparent)]
    Listen(#[from] RecordError),
    /// The findings cannot be told.
    #[error("cannot write the findings: {0}")]
    Write(#[from] io::Error),
}

/// Checks a recording and tells `out` what it found. A recording that was cut off or damaged is
/// checked up to there.
///
/// # Errors
/// If there is nothing that can be checked.
pub fn file(path: &Path, out: &mut impl Write) -> Result<Report, AuditError> {
    let file = File::open(path).map_err(|reason| AuditError::Open {
        path: path.into(),
        reason,
    })?;
    let unreadable = |reason| AuditError::Read {
        path: path.into(),
        reason,
    };
    let reader = Reader::new(BufReader::new(file)).map_err(unreadable)?;
    let header = *reader.header();
    if header.rules_version != RULES_VERSION {
        return Err(AuditError::Rules(header.rules_version));
    }
    writeln!(out, "checking match {}", header.match_id)?;
    let mut audit = Audit::<Arena>::new();
    for entry in reader {
        match entry {
            Ok(entry) => audit.take(&entry),
            Err(ReadError::Io(error)) => return Err(unreadable(ReadError::Io(error))),
            Err(fault) => writeln!(out, "{fault}")?,
        }
    }
    conclude(audit, out)
}

/// Checks a match while it is played, until `stop`, the end of the duration or of the match, and
/// tells `out` what it found, offences at once. Blocks.
///
/// # Errors
/// If the match cannot be watched.
pub fn live(
    listen: &Listen,
    stop: &AtomicBool,
    out: &mut impl Write,
) -> Result<Report, AuditError> {
    let mut listener = Listener::join(listen)?;
    writeln!(out, "watching match {}", listen.code)?;
    let mut audit = Audit::<Arena>::new();
    let mut entries = Vec::new();
    let mut told = 0;
    let mut next_report = REPORT;
    let ended = loop {
        let state = listener.listen(stop, &mut entries)?;
        for entry in entries.drain(..) {
            audit.take(&entry);
        }
        for offence in &audit.report().offences[told..] {
            writeln!(out, "OFFENCE: {offence}")?;
        }
        told = audit.report().offences.len();
        if let Some(ended) = state {
            break ended;
        }
        if listener.elapsed() >= next_report {
            next_report += REPORT;
            let report = audit.report();
            writeln!(
                out,
                "{:>5.0} s: {} ticks and {} inputs checked, {} ticks unobserved, {} offences",
                listener.elapsed().as_secs_f64(),
                report.ticks,
                report.inputs,
                report.unobserved_ticks,
                report.offence_count,
            )?;
        }
    };
    writeln!(out, "{ended}")?;
    listener.leave();
    conclude(audit, out)
}

fn conclude(audit: Audit<Arena>, out: &mut impl Write) -> Result<Report, AuditError> {
    let report = audit.finish();
    writeln!(out, "{report}")?;
    if report.ticks == 0 {
        writeln!(
            out,
            "nothing could be checked: the host published nothing that was seen"
        )?;
    }
    out.flush()?;
    Ok(report)
}
