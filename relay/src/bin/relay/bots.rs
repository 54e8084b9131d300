//! `relay bots`: what they are told.

use std::io;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;
use headless::bots;
use protocol::Code;

use crate::network::Network;
use crate::until_interrupted;

#[derive(Args)]
pub(crate) struct Bots {
    /// The relay.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The match.
    #[arg(long)]
    code: Code,
    /// How many.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=32))]
    count: u8,
    /// The same seed moves the same hands, over the same bad network.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// For how long to play; until Ctrl-C if left out.
    #[arg(long)]
    seconds: Option<u64>,
    #[command(flatten)]
    network: Network,
}

impl Bots {
    /// Plays for as long as it is told, or until it is interrupted.
    pub(crate) async fn run(self) -> Result<()> {
        let settings = bots::Settings {
            url: self.url,
            code: self.code,
            count: self.count,
            seed: self.seed,
            duration: self.seconds.map(Duration::from_secs),
            conditions: self.network.conditions()?,
        };
        until_interrupted(move |stop| {
            bots::run(&settings, stop, &mut io::stdout().lock()).context("the bots stopped")
        })
        .await
    }
}
