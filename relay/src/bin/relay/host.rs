//! `relay host`: what it is told.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use headless::host;
use netcode::wire::MAX_REPEATS;
use netcode::{HostOptions, Pace};

use crate::network::Network;
use crate::{say, until_interrupted};

#[derive(Args)]
pub(crate) struct Host {
    /// The relay.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// What the list of open matches calls the match.
    #[arg(long, default_value = "Headless")]
    name: String,
    /// Pilots that the arena's own bots make up if there are fewer people.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(..=32))]
    bots: u8,
    /// How often deltas are published: eco (at most 10 a second), normal (20), fast (30) or fastest
    /// (60).
    #[arg(long, value_name = "PACE", default_value = "normal")]
    pace: Pace,
    /// How many earlier deltas each delta repeats, for brokers that lose messages.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=MAX_REPEATS as i64))]
    repeat: u8,
    /// A file with an ID token of the issuer that the relay trusts, for relays that let only
    /// accounts open matches.
    #[arg(long, value_name = "FILE", env = "LASTWILL_ID_TOKEN")]
    id_token: Option<PathBuf>,
    #[command(flatten)]
    network: Network,
}

impl Host {
    /// Hosts until the match ends, or until it is interrupted.
    pub(crate) async fn run(self) -> Result<()> {
        let settings = host::Settings {
            url: self.url.clone(),
            name: self.name,
            bots: self.bots,
            identity: self.id_token.as_deref().map(read_id_token).transpose()?,
            options: HostOptions {
                pace: self.pace,
                repeat: self.repeat,
                ..HostOptions::default()
            },
            conditions: self.network.conditions()?,
        };
        until_interrupted(move |stop| {
            host::run(&settings, stop, |ticket| {
                let link = format!("{}/#{}", self.url.trim_end_matches('/'), ticket.code);
                say(&format!("match {} is open: {link}", ticket.code));
            })
            .context("cannot host a match")
        })
        .await
    }
}

/// The ID token in this file.
fn read_id_token(file: &Path) -> Result<String> {
    let text = fs::read_to_string(file)
        .with_context(|| format!("cannot read the ID token in {}", file.display()))?;
    Ok(text.trim().into())
}
