//! The targets: functions of arbitrary bytes that panic if an invariant does not hold.

pub mod codec;
pub mod log;
pub mod membership;
pub mod recording;
pub mod wire;
