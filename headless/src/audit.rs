//! `relay audit`: checks the hosts of a recorded or running match.
//!
//! Non-goals: the check itself: see [`recording::audit`].

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use arena::{Arena, RULES_VERSION};
use recording::audit::{Audit, Report};
use recording::{ReadError, Reader};

use crate::Error;
use crate::listener::{Listen, Listener};

/// The interval of progress reports of a live audit.
const REPORT: Duration = Duration::from_secs(5);

/// Checks a recording and writes the findings to `out`. A truncated or damaged recording is checked up
/// to the last valid entry.
///
/// # Errors
/// If the file cannot be opened or is not a recording of this version of the rules.
pub fn file(path: &Path, out: &mut impl Write) -> Result<Report, Error> {
    let file = File::open(path).map_err(|reason| Error::Open {
        path: path.into(),
        reason,
    })?;
    let unreadable = |reason| Error::Read {
        path: path.into(),
        reason,
    };
    let reader = Reader::new(BufReader::new(file)).map_err(unreadable)?;
    let header = *reader.header();
    if header.rules_version != RULES_VERSION {
        return Err(Error::OtherRules(header.rules_version));
    }
    writeln!(out, "checking match {}", header.match_id)?;
    let mut audit = Audit::<Arena>::new();
    for entry in reader {
        match entry {
            Ok(entry) => audit.take(&entry),
            Err(ReadError::Io(error)) => return Err(unreadable(ReadError::Io(error))),
            Err(error) => writeln!(out, "{error}")?,
        }
    }
    write_report(audit, out)
}

/// Checks a running match until `stop` is set, the duration has passed or the match ends, and writes
/// the findings to `out`; offences at once. Blocks.
///
/// # Errors
/// If the match cannot be joined or the connection ends.
pub fn live(listen: &Listen, stop: &AtomicBool, out: &mut impl Write) -> Result<Report, Error> {
    let mut listener = Listener::join(listen)?;
    writeln!(out, "watching match {}", listen.code)?;
    let mut audit = Audit::<Arena>::new();
    let mut entries = Vec::new();
    let mut reported = 0;
    let mut next_report = REPORT;
    let reason = loop {
        let outcome = listener.listen(stop, &mut entries)?;
        for entry in entries.drain(..) {
            audit.take(&entry);
        }
        for offence in &audit.report().offences[reported..] {
            writeln!(out, "OFFENCE: {offence}")?;
        }
        reported = audit.report().offences.len();
        if let Some(reason) = outcome {
            break reason;
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
    writeln!(out, "{reason}")?;
    listener.leave();
    write_report(audit, out)
}

fn write_report(audit: Audit<Arena>, out: &mut impl Write) -> Result<Report, Error> {
    let report = audit.finish();
    writeln!(out, "{report}")?;
    if report.ticks == 0 {
        writeln!(
            out,
            "nothing was checked: no complete state of the host was received"
        )?;
    }
    out.flush()?;
    Ok(report)
}
