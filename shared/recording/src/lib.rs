//! Records the log of a match in a file: every payload of the match's topics, unchanged, with the
//! time of its arrival. A recording can be [replayed](replay) and [audited](audit).
//!
//! ```
//! use core::time::Duration;
//! use protocol::MatchId;
//! use recording::{Entry, Header, Reader, Source, Writer};
//!
//! let header = Header {
//!     rules_version: 1,
//!     match_id: MatchId::from_entropy(1),
//!     started_at_ms: 0,
//! };
//! let entry = Entry {
//!     at: Duration::from_millis(20),
//!     source: Source::Roster,
//!     payload: Vec::new(),
//! };
//! let mut writer = Writer::new(Vec::new(), &header)?;
//! writer.write(&entry)?;
//! let file = writer.into_inner();
//!
//! let mut reader = Reader::new(&file[..])?;
//! assert_eq!(reader.header(), &header);
//! assert_eq!(reader.next().unwrap()?, entry);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Non-goals: rendering a replay, and searching for matches to record.

pub mod audit;
mod format;
mod reader;
mod recorder;
pub mod replay;
mod writer;

pub use format::{Entry, FORMAT_VERSION, Header, Source};
pub use reader::{ReadError, Reader};
pub use recorder::Recorder;
pub use writer::{WriteError, Writer};
