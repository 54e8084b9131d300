//! `netcode` through its public API: sessions over the in-memory link, the bytes on the wire, and
//! the test of determinism.

mod dots;
mod guide;
mod network;
mod parts;
mod remote_bytes;
mod session;
mod sync_test;
mod wire;
