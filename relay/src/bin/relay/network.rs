//! A worse network than there is, for those who take part in a match.

use anyhow::Result;
use clap::Args;
use link::Conditions;

/// A worse network than there is.
#[derive(Args)]
#[command(next_help_heading = "Network")]
pub(crate) struct Network {
    /// Delay added to each direction, so twice to the round trip.
    #[arg(long, value_name = "MS")]
    latency: Option<String>,
    /// Up to this much more, at random, in each direction.
    #[arg(long, value_name = "MS")]
    jitter: Option<String>,
    /// Messages that must be sent again: they and all that follows come 200 ms later.
    #[arg(long, value_name = "PERCENT")]
    loss: Option<String>,
    /// Hold everything for so long, every 10 seconds on average.
    #[arg(long, value_name = "MS")]
    stall: Option<String>,
}

impl Network {
    /// As it is asked for.
    pub(crate) fn conditions(&self) -> Result<Conditions> {
        let mut conditions = Conditions::PERFECT;
        let given = [
            ("latency", &self.latency),
            ("jitter", &self.jitter),
            ("loss", &self.loss),
            ("stall", &self.stall),
        ];
        for (name, value) in given {
            if let Some(value) = value {
                conditions.set(name, value)?;
            }
        }
        Ok(conditions)
    }
}
