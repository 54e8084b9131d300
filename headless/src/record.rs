//! `relay record`: records all messages of a match to a file until the match ends.
//!
//! It joins as a spectator and publishes nothing.
//!
//! Non-goals: checking the match: see [`crate::audit`].

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use recording::{Entry, Header, Source, WriteError, Writer};

use crate::Error;
use crate::listener::Listener;

pub use crate::listener::Listen;

/// The interval of progress reports and of flushes of the file.
const REPORT: Duration = Duration::from_secs(5);

/// Counts of the recorded messages.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    deltas: u64,
    keyframes: u64,
    inputs: u64,
    bytes: u64,
}

impl Tally {
    const fn add(&mut self, entry: &Entry) {
        match entry.source {
            Source::Delta(_) => self.deltas += 1,
            Source::Keyframe(_) => self.keyframes += 1,
            Source::Uplink(_) => self.inputs += 1,
            Source::Roster => {}
        }
        self.bytes += entry.payload.len() as u64;
    }

    fn report(self, out: &mut impl Write, at: Duration) -> io::Result<()> {
        writeln!(
            out,
            "{:>5.0} s: {} deltas, {} keyframes, {} messages of players; {} bytes",
            at.as_secs_f64(),
            self.deltas,
            self.keyframes,
            self.inputs,
            self.bytes,
        )
    }
}

/// Records until `stop` is set, the duration has passed or the match ends, and writes its progress to
/// `out`. The default `file` is `CODE.match` in the current folder. Blocks.
///
/// # Errors
/// If the match cannot be joined, the connection ends, or the file cannot be written; the entries
/// written before are valid.
pub fn run(
    listen: &Listen,
    file: Option<PathBuf>,
    stop: &AtomicBool,
    out: &mut impl Write,
) -> Result<(), Error> {
    let path = file.unwrap_or_else(|| format!("{}.match", listen.code).into());
    let mut listener = Listener::join(listen)?;
    let header = Header {
        rules_version: listener.ticket().rules.version,
        match_id: listener.ticket().match_id,
        started_at_ms: unix_milliseconds(),
    };
    let create_error = |reason| Error::Create {
        path: path.clone(),
        reason,
    };
    let buffer = BufWriter::new(File::create_new(&path).map_err(create_error)?);
    let mut writer = Writer::new(buffer, &header).map_err(WriteError::from)?;
    writeln!(out, "recording match {} to {}", listen.code, path.display())?;

    let mut tally = Tally::default();
    let mut next_report = REPORT;
    let mut entries = Vec::new();
    let reason = loop {
        let outcome = listener.listen(stop, &mut entries)?;
        for entry in entries.drain(..) {
            tally.add(&entry);
            writer.write(&entry)?;
        }
        if let Some(reason) = outcome {
            break reason;
        }
        if listener.elapsed() >= next_report {
            next_report += REPORT;
            writer.flush().map_err(WriteError::from)?;
            tally.report(out, listener.elapsed())?;
        }
    };
    writer.flush().map_err(WriteError::from)?;
    tally.report(out, listener.elapsed())?;
    writeln!(out, "{reason}; the recording is in {}", path.display())?;
    listener.leave();
    Ok(())
}

fn unix_milliseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0))
}
