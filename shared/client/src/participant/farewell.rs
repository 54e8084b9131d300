//! The last call of a host that leaves.

use protocol::Ticket;

use crate::lobby::Reply;

/// The last call of a host that leaves; dropping it abandons the answer, not the call.
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
    /// Blocks until the relay has answered or cannot be reached: for programs that end now.
    pub fn wait(self) {
        match self {
            Self::None => {}
            Self::HandingOver(reply) => drop(reply.wait()),
            Self::Ending(reply) => drop(reply.wait()),
        }
    }
}
