//! Integration tests of the links.

mod impaired;
mod memory;
mod native;
