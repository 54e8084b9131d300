//! The limit on the size of files, the same on every platform.

/// The largest file that is opened, in bytes: hours of a full match.
pub(super) const MAX_FILE: u64 = 64 << 20;

/// Why a file larger than [`MAX_FILE`] is not opened.
pub(super) const TOO_LARGE: &str = "That file is too large: only 64 MB of a recording can be played. Record the match in shorter pieces.";
