//! How the parts that a match is made of behave, through their public API.

mod arena;
mod lobby;
mod log;
mod session;
mod transport_impaired;
mod transport_memory;
mod transport_native;
mod wire;
