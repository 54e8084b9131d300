//! The connection parameters of a ticket.
//!
//! Non-goals: opening connections.

use link::{Connect, Login, Will};
use netcode::wire::Gone;
use protocol::{MqttAccess, Part, PlayerId, Role, Ticket};

/// The connection parameters of a ticket, with the last will of its role.
#[must_use]
pub fn connect(ticket: &Ticket) -> Connect {
    let gone = match ticket.role {
        Role::Host => Gone::Host,
        Role::Player | Role::Spectator => Gone::Player,
    };
    Connect {
        will: ticket.will.as_ref().map(|will| Will {
            topic: will.topic.clone(),
            payload: gone.payload(),
        }),
        ..access(&ticket.mqtt)
    }
}

/// The connection parameters of an access, without a last will.
#[must_use]
pub fn access(access: &MqttAccess) -> Connect {
    let login = access.login.as_ref().map(|login| Login {
        username: login.username.clone(),
        password: login.password.clone(),
    });
    Connect {
        tcp: access.tcp.clone(),
        ws: access.ws.clone(),
        client_id: access.client_id.clone(),
        login,
        will: None,
    }
}

/// A ticket for the in-memory broker, which requires no credentials: for tests and simulations.
#[must_use]
pub fn local_ticket(part: Part) -> Ticket {
    Ticket::new(part, String::new(), local_access(part.player), u64::MAX)
}

/// The access of a player to the in-memory broker, for tests and simulations.
#[must_use]
pub fn local_access(player: PlayerId) -> MqttAccess {
    MqttAccess {
        tcp: None,
        ws: String::new(),
        client_id: player.to_string(),
        login: None,
    }
}

/// The seed that spreads the retries of clients in time: a hash of the player's id.
#[must_use]
pub fn jitter_seed(ticket: &Ticket) -> u64 {
    let bytes = ticket.player.as_str().bytes();
    bytes.fold(0_u64, |mixed, byte| {
        mixed.wrapping_mul(31).wrapping_add(u64::from(byte))
    })
}
