//! Participants over the in-memory broker, the lobby's client, and the messages on the wire.

mod lobby;
mod session;
mod wire;
