//! What outlives a match: its recording, played again and checked.

mod audit;
mod cheat;
mod field;
mod recording;
mod replay;
