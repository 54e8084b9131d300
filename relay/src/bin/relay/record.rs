//! `relay record`: what it is told.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;
use headless::record;
use protocol::Code;

use crate::until_interrupted;

#[derive(Args)]
pub(crate) struct Record {
    /// The relay.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The match.
    #[arg(long)]
    code: Code,
    /// The new file; CODE.match in this folder if left out.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// For how many seconds; until Ctrl-C or the end of the match if left out.
    #[arg(long, value_name = "SECONDS")]
    duration: Option<u64>,
}

impl Record {
    /// Records until the match ends, or until it is interrupted.
    pub(crate) async fn run(self) -> Result<()> {
        let listen = record::Listen {
            url: self.url,
            code: self.code,
            duration: self.duration.map(Duration::from_secs),
        };
        until_interrupted(move |stop| {
            record::run(&listen, self.out, stop, &mut io::stdout().lock())
                .context("cannot record the match")
        })
        .await
    }
}
