//! The relay's command line: one module for each command.

mod accounts;
mod audit;
#[cfg_attr(not(feature = "aws"), path = "without_aws.rs")]
mod aws;
mod bots;
mod default_match;
mod host;
mod network;
mod probe;
mod record;
mod serve;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use relay::sns::{self, Sns};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Last Will's server: lobby, credentials and an embedded MQTT broker.
#[derive(Parser)]
#[command(version)]
struct Cli {
    /// Log more: once for information, twice for everything.
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    verbose: u8,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the game.
    Serve(Box<serve::Serve>),
    /// Serve the lobby as a function of AWS Lambda; runs only in an instance of one.
    Lambda(aws::Lambda),
    /// Host a match without playing in it.
    Host(host::Host),
    /// Let bots join a match, each over its own connection.
    Bots(bots::Bots),
    /// Measure the latency of the relay's broker, to a host and back.
    Probe(probe::Probe),
    /// Record a match to a file, for replay and audit.
    Record(record::Record),
    /// Check that a match's host follows the rules; exits with status 1 if it does not.
    Audit(audit::Audit),
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    log(cli.verbose);
    let failure = match &cli.command {
        Command::Audit(_) => ExitCode::from(audit::UNDECIDED),
        _ => ExitCode::FAILURE,
    };
    match run(cli.command).await {
        Ok(status) => status,
        Err(error) => {
            // On one line, with its causes and without a backtrace.
            let _ = writeln!(io::stderr().lock(), "error: {error:#}");
            failure
        }
    }
}

async fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Audit(audit) => return audit.run().await,
        Command::Serve(serve) => serve.run().await,
        Command::Lambda(lambda) => lambda.run().await,
        Command::Host(host) => host.run().await,
        Command::Bots(bots) => bots.run().await,
        Command::Probe(probe) => probe.run().await,
        Command::Record(record) => record.run().await,
    }?;
    Ok(ExitCode::SUCCESS)
}

fn log(verbose: u8) {
    // The broker library warns of every protocol error: clients must not be able to fill the log.
    let (ours, library) = match verbose {
        0 => (LevelFilter::WARN, LevelFilter::ERROR),
        1 => (LevelFilter::INFO, LevelFilter::ERROR),
        _ => (LevelFilter::DEBUG, LevelFilter::DEBUG),
    };
    let levels = Targets::new()
        .with_default(library)
        // The AWS SDK's debug output may hold keys.
        .with_target("aws_", LevelFilter::WARN)
        .with_target("relay", ours);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_target(false);
    tracing_subscriber::registry()
        .with(lines)
        .with(levels)
        .init();
}

/// Verifies announcements from these SNS topics, if there are any.
fn announcements(topics: Vec<String>) -> Option<Arc<Sns>> {
    (!topics.is_empty()).then(|| Arc::new(Sns::new(topics, sns::over_https())))
}

/// Runs blocking work on its own thread; sets its stop flag on Ctrl-C or SIGTERM.
async fn until_interrupted<T: Send + 'static>(
    work: impl FnOnce(&AtomicBool) -> Result<T> + Send + 'static,
) -> Result<T> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    let mut work = tokio::task::spawn_blocking(move || work(&asked));
    tokio::select! {
        done = &mut work => return done?,
        signal = interrupted() => signal?,
    }
    stop.store(true, Ordering::Relaxed);
    work.await?
}

/// Waits for Ctrl-C or SIGTERM.
async fn interrupted() -> Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).context("cannot listen for signals")?;
        tokio::select! {
            result = tokio::signal::ctrl_c() => result.context("cannot listen for Ctrl-C"),
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c()
        .await
        .context("cannot listen for Ctrl-C")
}

/// Prints a line to standard output; an error there is ignored.
fn say(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}
