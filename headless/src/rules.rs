//! The rules of Last Will in this version of the program.
//!
//! Non-goals: other games.

use arena::Arena;
use protocol::Rules;

/// The rules of Last Will in this version of the program.
#[must_use]
pub fn rules() -> Rules {
    Rules::of::<Arena>(arena::GAME)
}
