//! `relay audit`: what it is told, and what its status says.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;
use headless::{audit, record};
use protocol::Code;

use crate::until_interrupted;

/// The audit's status if nothing can be said: 1 is an offence.
pub(crate) const UNDECIDED: u8 = 2;

#[derive(Args)]
pub(crate) struct Audit {
    /// A recording.
    #[arg(required_unless_present = "code", conflicts_with = "code")]
    file: Option<PathBuf>,
    /// The relay of a match that is being played.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// A match that is being played.
    #[arg(long)]
    code: Option<Code>,
    /// For how many seconds to watch it; until Ctrl-C or its end if left out.
    #[arg(long, value_name = "SECONDS", requires = "code")]
    duration: Option<u64>,
}

impl Audit {
    /// Audits a recording or a match; the status tells whether there was an offence.
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let report = until_interrupted(move |stop| {
            let out = &mut io::stdout().lock();
            match (self.file, self.code) {
                (Some(file), _) => audit::file(&file, out),
                (None, Some(code)) => {
                    let listen = record::Listen {
                        url: self.url,
                        code,
                        duration: self.duration.map(Duration::from_secs),
                    };
                    audit::live(&listen, stop, out)
                }
                (None, None) => anyhow::bail!("name a recording, or a match by its code"),
            }
            .context("cannot audit the match")
        })
        .await?;
        Ok(if !report.is_clean() {
            ExitCode::FAILURE
        } else if report.ticks == 0 {
            ExitCode::from(UNDECIDED)
        } else {
            ExitCode::SUCCESS
        })
    }
}
