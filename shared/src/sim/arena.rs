//! placeholder
/// The version of the rules.
pub const SIM_VERSION: u32 = 1;
