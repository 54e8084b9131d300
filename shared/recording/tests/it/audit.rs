//! Tests of the audit of recorded matches.

mod handover;
mod honest;
mod offences;

use arena::Arena;
use recording::Entry;
use recording::audit::{Audit, Report};

fn audit(entries: &[Entry]) -> Report {
    Audit::<Arena>::of(entries)
}
