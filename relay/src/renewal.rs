//! Keeps a ticket fresh: asks for a new one well before the old one ends.

use std::time::Duration;

use shared::lobby::{Client, LobbyError, Reply};
use shared::protocol::Ticket;

use crate::token::unix_time;

/// How long before its end a ticket is renewed: time for many tries.
const MARGIN: Duration = Duration::from_secs(20 * 60);

/// How long to wait before asking again.
const PAUSE_SECONDS: u64 = 10;

/// A ticket that is renewed in time.
pub(crate) struct Renewal {
    client: Client,
    ticket: Ticket,
    /// In seconds since 1970.
    due: u64,
    reply: Option<Reply<Ticket>>,
}

impl Renewal {
    /// Keeps `ticket`, which `client`'s relay wrote.
    pub(crate) fn new(client: Client, ticket: Ticket) -> Self {
        let due = due(&ticket);
        Self {
            client,
            ticket,
            due,
            reply: None,
        }
    }

    /// The newest ticket.
    pub(crate) const fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// Asks if it is time, and takes the answer. Call it often; it never blocks.
    ///
    /// # Errors
    /// If the relay refuses a new ticket; it is asked again as long as it cannot be reached.
    pub(crate) fn update(&mut self) -> Result<(), LobbyError> {
        match self.reply.as_mut().map(Reply::poll) {
            None if unix_time() >= self.due => {
                self.reply = Some(self.client.renew(&self.ticket));
            }
            None | Some(None) => {}
            Some(Some(answer)) => {
                self.reply = None;
                self.due = unix_time() + PAUSE_SECONDS;
                match answer {
                    Ok(ticket) => {
                        self.due = due(&ticket).max(self.due);
                        self.ticket = ticket;
                    }
                    Err(LobbyError::Unreachable { .. }) => {}
                    Err(refused) => return Err(refused),
                }
            }
        }
        Ok(())
    }
}

fn due(ticket: &Ticket) -> u64 {
    ticket.expires_at.saturating_sub(MARGIN.as_secs())
}
