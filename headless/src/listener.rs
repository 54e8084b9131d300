//! Spectates a match: receives all of its messages, and renews the ticket.
//!
//! Non-goals: reconnecting, because a gap would make the log incomplete.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use arena::RULES_VERSION;
use client::lobby::{Client, LobbyError, Reply};
use client::{Backoff, jitter_seed};
use link::Socket;
use protocol::timing::RENEWAL;
use protocol::{Code, JoinMatch, JoinRole, Ticket};
use recording::{Entry, Recorder};

use crate::{Error, rules};

/// The longest wait for a message before the stop flag is checked.
const WAIT: Duration = Duration::from_millis(50);

/// The callsign of the spectator.
const CALLSIGN: &str = "Recorder";

/// The match to listen to.
#[derive(Clone, Debug)]
pub struct Listen {
    /// The relay's base URL.
    pub url: String,
    /// The code of the match.
    pub code: Code,
    /// How long to listen; `None` is until stopped or until the match ends.
    pub duration: Option<Duration>,
}

/// A spectator that receives all messages of a match.
pub(crate) struct Listener {
    recorder: Recorder<Socket>,
    client: Client,
    ticket: Ticket,
    /// When the ticket was last renewed, since `started`.
    renewed: Duration,
    renewal: Option<Reply<Ticket>>,
    backoff: Backoff,
    started: Instant,
    duration: Option<Duration>,
}

impl Listener {
    /// Joins the match.
    pub(crate) fn join(listen: &Listen) -> Result<Self, Error> {
        let client = Client::new(&listen.url);
        let request = JoinMatch {
            callsign: CALLSIGN.parse()?,
            role: JoinRole::Spectator,
            rules: rules(),
        };
        let ticket = client.join(listen.code, &request).wait()?;
        if ticket.rules.version != RULES_VERSION {
            return Err(Error::OtherRules(ticket.rules.version));
        }
        let socket = Socket::open(client::connect(&ticket))?;
        Ok(Self {
            recorder: Recorder::new(&ticket, socket, Duration::ZERO),
            client,
            renewed: Duration::ZERO,
            renewal: None,
            backoff: Backoff::new(Duration::ZERO),
            ticket,
            started: Instant::now(),
            duration: listen.duration,
        })
    }

    pub(crate) const fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// The time since it joined.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Waits briefly for messages and appends them to `entries`; returns the reason to stop, if there
    /// is one.
    ///
    /// # Errors
    /// If the connection is lost or the ticket cannot be renewed.
    pub(crate) fn listen(
        &mut self,
        stop: &AtomicBool,
        entries: &mut Vec<Entry>,
    ) -> Result<Option<&'static str>, Error> {
        self.recorder.link().wait(WAIT);
        let now = self.started.elapsed();
        self.recorder.update(now, |entry| entries.push(entry));
        if self.recorder.match_ended() {
            return Ok(Some("the match is over"));
        }
        if let Some(reason) = self.recorder.closed() {
            return Err(Error::Closed(reason.into()));
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(Some("stopped"));
        }
        if self.duration.is_some_and(|duration| now >= duration) {
            return Ok(Some("the duration has passed"));
        }
        self.renew(now)?;
        Ok(None)
    }

    /// Renews the ticket when it is due, which also extends the rights of the connection.
    fn renew(&mut self, now: Duration) -> Result<(), LobbyError> {
        let Some(reply) = &mut self.renewal else {
            if now.saturating_sub(self.renewed) >= RENEWAL && self.backoff.is_over(now) {
                self.renewal = Some(self.client.renew(&self.ticket, rules()));
            }
            return Ok(());
        };
        let Some(answer) = reply.poll() else {
            return Ok(());
        };
        self.renewal = None;
        match answer {
            Ok(ticket) => {
                self.renewed = now;
                self.backoff.reset();
                self.ticket = ticket;
            }
            Err(error) if error.is_transient() => {
                self.backoff.wait(now, jitter_seed(&self.ticket));
            }
            Err(refused) => return Err(refused),
        }
        Ok(())
    }

    /// Disconnects from the broker.
    pub(crate) fn leave(mut self) {
        self.recorder.close("stopped".into());
    }
}
