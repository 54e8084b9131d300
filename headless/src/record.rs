//! `relay record`: writes all of a match that is published to a file, as long as it lasts.
//!
//! It takes part as a spectator and publishes nothing. It deliberately judges nothing: that is
//! [`crate::audit`]'s, now or later.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use arena::RULES_VERSION;
use client::lobby::{Client, LobbyError, Reply};
use link::{Socket, TransportError};
use protocol::{Code, InvalidId, JoinMatch, JoinRole, Ticket};
use recording::{Entry, Header, Recorder, Source, WriteError, Writer};

/// How often a line of numbers is written, and the file brought up to date.
const REPORT: Duration = Duration::from_secs(5);

/// How long before its end a ticket is renewed, and how long until it is tried again.
const MARGIN_MS: u64 = 20 * 60 * 1_000;
const PAUSE_MS: u64 = 10_000;

/// The longest wait for a message before it is looked whether to stop.
const PAUSE: Duration = Duration::from_millis(50);

/// Who it says it is.
const CALLSIGN: &str = "Recorder";

/// What to listen to.
#[derive(Clone, Debug)]
pub struct Listen {
    /// The relay's base URL.
    pub url: String,
    /// The match.
    pub code: Code,
    /// For how long; `None` is until stopped or until the match ends.
    pub duration: Option<Duration>,
}

/// Why a match is not recorded, or no longer.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The lobby says no.
    #[error(transparent)]
    Lobby(#[from] LobbyError),
    /// The broker cannot be reached.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The name gave no callsign.
    #[error(transparent)]
    Callsign(#[from] InvalidId),
    /// The match is played by other rules.
    #[error(
        "the match is played by rules of version {0}, and this program knows version \
         {RULES_VERSION}: use the relay's own version of it"
    )]
    Rules(u32),
    /// The connection ended before it should.
    #[error("the connection ended: {0}")]
    Closed(String),
    /// The file cannot be made.
    #[error("cannot create {}: {reason}", .path.display())]
    Create {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// The file takes no more.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The progress cannot be told.
    #[error("cannot write the progress: {0}")]
    Progress(#[from] io::Error),
}

/// What was recorded so far.
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

    fn tell(self, out: &mut impl Write, at: Duration) -> io::Result<()> {
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

/// Records until `stop`, the end of the duration or the end of the match, to `file` or to a file
/// named after the match's code in the present folder, telling `out` how it goes. Blocks.
///
/// # Errors
/// If the match cannot be watched or the file not be written; what is in the file by then is good.
pub fn run(
    listen: &Listen,
    file: Option<PathBuf>,
    stop: &AtomicBool,
    out: &mut impl Write,
) -> Result<(), RecordError> {
    let path = file.unwrap_or_else(|| format!("{}.match", listen.code).into());
    let mut listener = Listener::join(listen)?;
    let header = Header {
        rules_version: listener.ticket().rules.version,
        match_id: listener.ticket().match_id,
        started_at_ms: unix_milliseconds(),
    };
    let create = |reason| RecordError::Create {
        path: path.clone(),
        reason,
    };
    let buffer = BufWriter::new(File::create_new(&path).map_err(create)?);
    let mut writer = Writer::new(buffer, &header).map_err(WriteError::from)?;
    writeln!(out, "recording match {} to {}", listen.code, path.display())?;

    let mut tally = Tally::default();
    let mut next_report = REPORT;
    let mut entries = Vec::new();
    let ended = loop {
        let state = listener.listen(stop, &mut entries)?;
        for entry in entries.drain(..) {
            tally.add(&entry);
            writer.write(&entry)?;
        }
        if let Some(ended) = state {
            break ended;
        }
        if listener.elapsed() >= next_report {
            next_report += REPORT;
            writer.flush().map_err(WriteError::from)?;
            tally.tell(out, listener.elapsed())?;
        }
    };
    writer.flush().map_err(WriteError::from)?;
    tally.tell(out, listener.elapsed())?;
    writeln!(out, "{ended}; the recording is in {}", path.display())?;
    listener.leave();
    Ok(())
}

fn unix_milliseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0))
}

/// A spectator that takes everything down.
pub(crate) struct Listener {
    recorder: Recorder<Socket>,
    client: Client,
    ticket: Ticket,
    /// When to ask for a new ticket, in milliseconds since 1970.
    renewal_due: u64,
    renewal: Option<Reply<Ticket>>,
    started: Instant,
    duration: Option<Duration>,
}

impl Listener {
    /// Joins the match.
    pub(crate) fn join(listen: &Listen) -> Result<Self, RecordError> {
        let client = Client::new(&listen.url);
        let wish = JoinMatch {
            callsign: CALLSIGN.parse()?,
            role: JoinRole::Spectator,
            rules: crate::rules(),
        };
        let ticket = client.join(listen.code, &wish).wait()?;
        if ticket.rules.version != RULES_VERSION {
            return Err(RecordError::Rules(ticket.rules.version));
        }
        let socket = Socket::open(client::connect(&ticket))?;
        Ok(Self {
            recorder: Recorder::new(&ticket, socket, Duration::ZERO),
            client,
            renewal_due: renewal_due(&ticket),
            renewal: None,
            ticket,
            started: Instant::now(),
            duration: listen.duration,
        })
    }

    pub(crate) const fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// Since it joined.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Adds what arrived to `entries`, after waiting a little if nothing has; why to end, if it is
    /// time.
    ///
    /// # Errors
    /// If the connection is lost.
    pub(crate) fn listen(
        &mut self,
        stop: &AtomicBool,
        entries: &mut Vec<Entry>,
    ) -> Result<Option<&'static str>, RecordError> {
        self.recorder.link().wait(PAUSE);
        let now = self.started.elapsed();
        self.recorder.update(now, |entry| entries.push(entry));
        if self.recorder.match_ended() {
            return Ok(Some("the match is over"));
        }
        if let Some(reason) = self.recorder.closed() {
            return Err(RecordError::Closed(reason.into()));
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(Some("stopped"));
        }
        if self.duration.is_some_and(|duration| now >= duration) {
            return Ok(Some("the time is up"));
        }
        self.renew()?;
        Ok(None)
    }

    /// Keeps the connection's right to be there.
    fn renew(&mut self) -> Result<(), LobbyError> {
        match self.renewal.as_mut().map(Reply::poll) {
            None if unix_milliseconds() >= self.renewal_due => {
                self.renewal = Some(self.client.renew(&self.ticket, crate::rules()));
            }
            None | Some(None) => {}
            Some(Some(answer)) => {
                self.renewal = None;
                self.renewal_due = unix_milliseconds() + PAUSE_MS;
                match answer {
                    Ok(ticket) => {
                        self.renewal_due = self.renewal_due.max(renewal_due(&ticket));
                        self.ticket = ticket;
                    }
                    Err(LobbyError::Unreachable { .. }) => {}
                    Err(refused) => return Err(refused),
                }
            }
        }
        Ok(())
    }

    /// Says good-bye to the broker.
    pub(crate) fn leave(mut self) {
        self.recorder.close("stopped".into());
    }
}

fn renewal_due(ticket: &Ticket) -> u64 {
    let end = ticket.expires_at.saturating_mul(1_000);
    end.saturating_sub(MARGIN_MS)
}
