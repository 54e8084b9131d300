//! The last call of a host that leaves.
//!
//! Non-goals: deciding which call is made.

use protocol::Ticket;

use crate::lobby::Reply;

/// The last call of a host that leaves. Dropping it discards the response, but does not cancel the
/// call.
#[derive(Debug)]
pub enum Farewell {
    /// No call is needed.
    None,
    /// The match is handed over to a successor.
    HandingOver(Reply<Ticket>),
    /// The match is ended: there is no successor.
    Ending(Reply<()>),
}

impl Farewell {
    /// Blocks until the relay has answered or cannot be reached. For programs that end now.
    pub fn wait(self) {
        match self {
            Self::None => {}
            Self::HandingOver(reply) => drop(reply.wait()),
            Self::Ending(reply) => drop(reply.wait()),
        }
    }
}
