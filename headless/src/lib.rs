//! Participants of a match without a screen.
//!
//! - [`host`]: hosts a match without flying in it.
//! - [`bots`]: players with a connection each, for load and for tests.
//! - [`record`]: records matches as a spectator.
//! - [`audit`]: checks a recorded or running match.
//! - [`probe`]: measures the latency of a live broker.

pub mod audit;
pub mod bots;
pub mod host;
pub mod probe;
pub mod record;

use arena::Arena;
use protocol::Rules;

/// The rules of Last Will in this version of the program.
#[must_use]
pub fn rules() -> Rules {
    Rules::of::<Arena>(arena::GAME)
}
