//! Links behave alike, through their public API.

mod impaired;
mod memory;
mod native;
