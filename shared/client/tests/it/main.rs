//! Integration tests: participants over the in-memory broker, the lobby's client, and the wire format.

mod lobby;
mod session;
mod wire;
