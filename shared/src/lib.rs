//! What host, guest, relay and bench agree on: the arena and its netcode.
//!
//! Four floors, each knows only those below it:
//!
//! - [`session`]: `Host` and `Guest` turn messages into a live arena; time is passed in.
//! - [`wire`]: the bincode codec of everything that is published on a match's topics.
//! - [`protocol`]: ids, topics, grants, tickets and the lobby API's types.
//! - [`sim`]: what the netcode asks of a game, and the arena, which is that game.
//!
//! Beside them, [`transport`] moves bytes over MQTT, [`lobby`] calls the relay's HTTP API, and
//! [`peer`] joins a ticket, a link and a session into one participant of a match, which
//! [`participant`] keeps in it. [`easing`] hides corrections from the eye.
//!
//! A match's log outlives it: [`recording`] keeps it in a file, [`replay`] plays it again, and
//! [`audit`] checks that all that a host published follows from what people did.
//!
//! The floors deliberately know no Bevy, no async runtime, no I/O and no wall clock, so that a
//! match can be replayed, audited and tested tick by tick.

pub mod audit;
pub mod easing;
pub mod lobby;
pub mod participant;
pub mod peer;
pub mod protocol;
pub mod recording;
pub mod replay;
pub mod session;
pub mod sim;
pub mod transport;
pub mod wire;
