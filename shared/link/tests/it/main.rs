//! Integration tests of the links.

mod impaired;
mod memory;
#[cfg(feature = "socket")]
mod native;
