//! Runs the fuzz targets on stable Rust, each for a number of seconds.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Parser;
use fuzz::{TARGETS, Target, corpus, runner};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// The most memory that one input may take, in bytes: some states and all parts of a keyframe, but
/// nothing whose size an input claims.
const MEMORY_LIMIT: usize = 64 << 20;

/// Fuzzes what reads remote bytes.
#[derive(Parser)]
struct Args {
    /// Only this target; may be given more than once.
    #[arg(long)]
    target: Vec<String>,
    /// Seconds for each target.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Of the generator that chooses the mutations.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Runs the target on this file only.
    #[arg(long, requires = "target")]
    input: Option<PathBuf>,
    /// Adds valid inputs to the corpus, and ends.
    #[arg(long)]
    seed_corpus: bool,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let targets = selected(&args.target)?;
    if let Some(file) = &args.input {
        for name in &args.target {
            runner::replay(&targets, name, file)?;
        }
        return Ok(());
    }
    let artifacts = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("artifacts");
    for target in &targets {
        if args.seed_corpus {
            corpus::add_seeds(target)?;
            continue;
        }
        ALLOCATOR.reset_peak_usage();
        let base = ALLOCATOR.current_usage();
        let memory = || {
            let peak = ALLOCATOR.peak_usage().saturating_sub(base);
            ALLOCATOR.reset_peak_usage();
            if peak > MEMORY_LIMIT {
                bail!("it takes {peak} bytes of memory, more than {MEMORY_LIMIT}");
            }
            Ok(())
        };
        let duration = Duration::from_secs(args.seconds);
        let count = runner::run(target, args.seed, duration, &artifacts, memory)?;
        eprintln!("{:<12} {count} inputs", target.name);
    }
    Ok(())
}

/// The targets of these names; all if there are none.
fn selected(names: &[String]) -> Result<Vec<Target>> {
    if names.is_empty() {
        return Ok(TARGETS.to_vec());
    }
    let mut targets = Vec::new();
    for name in names {
        let Some(target) = TARGETS.iter().find(|target| target.name == name) else {
            let known = TARGETS.map(|target| target.name).join(", ");
            bail!("there is no target `{name}`, only {known}");
        };
        targets.push(*target);
    }
    Ok(targets)
}
