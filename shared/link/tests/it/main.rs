//! Links behave alike, through their public API.

mod impaired;
mod memory;
#[cfg(feature = "socket")]
mod native;
