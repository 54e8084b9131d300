//! Runs a target on its corpus, then on mutations of it, until the time is up.

use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rng::Rng;

use crate::mutation::mutate;
use crate::{Target, corpus};

/// Runs a target and returns the number of inputs.
///
/// `memory` is called after each input and says what is wrong with the memory that it took.
///
/// # Errors
/// An input violates an invariant: it is written into `artifacts`, a folder of `cargo fuzz`.
pub fn run(
    target: &Target,
    seed: u64,
    duration: Duration,
    artifacts: &Path,
    mut memory: impl FnMut() -> Result<()>,
) -> Result<u64> {
    let inputs = corpus::read(target)
        .with_context(|| format!("cannot read the corpus of `{}`", target.name))?;
    let mut check = |input: &[u8]| {
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
        let problem = match outcome {
            Ok(()) => memory().err(),
            // The panic's message is on the standard error.
            Err(_) => Some(anyhow::anyhow!("it panics")),
        };
        problem.map_or(Ok(()), |problem| {
            let path = save(target, input, artifacts)?;
            Err(problem.context(format!("target `{}` fails on {path}", target.name)))
        })
    };
    for input in &inputs {
        check(input)?;
    }
    let started = Instant::now();
    let mut rng = Rng::new(seed);
    let mut count = inputs.len() as u64;
    while started.elapsed() < duration {
        check(&mutate(&inputs, &mut rng))?;
        count += 1;
    }
    Ok(count)
}

/// Runs a target on one file.
///
/// # Errors
/// The file cannot be read, or there is no such target.
pub fn replay(targets: &[Target], name: &str, file: &Path) -> Result<()> {
    let Some(target) = targets.iter().find(|target| target.name == name) else {
        bail!("there is no target `{name}`");
    };
    let input = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    (target.run)(&input);
    Ok(())
}

fn save(target: &Target, input: &[u8], artifacts: &Path) -> Result<String> {
    let folder = artifacts.join(target.name);
    let path = folder.join(format!("crash-{}", corpus::file_name(input)));
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&path, input))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path.display().to_string())
}
