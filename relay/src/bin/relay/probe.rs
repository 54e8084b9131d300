//! `relay probe`: what it is told.

use std::io;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;
use headless::probe;

use crate::network::Network;
use crate::until_interrupted;

#[derive(Args)]
pub(crate) struct Probe {
    /// The relay.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// For how long.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Messages a second.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=i64::from(probe::MAX_RATE)))]
    rate: u8,
    /// The length of each message's payload.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(i64::from(probe::MIN_BYTES)..=i64::from(probe::MAX_BYTES)))]
    bytes: u16,
    #[command(flatten)]
    network: Network,
}

impl Probe {
    /// Measures for as long as it is told, or until it is interrupted.
    pub(crate) async fn run(self) -> Result<()> {
        let settings = probe::Settings {
            url: self.url,
            duration: Duration::from_secs(self.seconds),
            rate: self.rate,
            bytes: self.bytes,
            conditions: self.network.conditions()?,
        };
        until_interrupted(move |stop| {
            probe::run(&settings, stop, &mut io::stdout().lock())
                .map(drop)
                .context("cannot measure")
        })
        .await
    }
}
