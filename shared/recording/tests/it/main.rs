//! Integration tests: recordings, replays and audits.

mod audit;
mod cheat;
mod field;
mod recording;
mod replay;
