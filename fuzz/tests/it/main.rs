//! Every target runs on its committed corpus, and on mutations of it.

use std::time::Duration;

use fuzz::{TARGETS, corpus, runner};

#[test]
fn every_input_of_the_corpus_passes() {
    for target in &TARGETS {
        let inputs = corpus::read(target).expect("the corpus is readable");
        assert!(!inputs.is_empty(), "{} has no corpus", target.name);
        for input in inputs {
            (target.run)(&input);
        }
    }
}

#[test]
fn every_seed_is_in_the_corpus() {
    for target in &TARGETS {
        let inputs = corpus::read(target).expect("the corpus is readable");
        for seed in (target.seeds)() {
            assert!(
                inputs.contains(&seed),
                "a format has changed: run `cargo run -p fuzz -- --seed-corpus` ({})",
                target.name
            );
        }
    }
}

#[test]
fn a_failing_input_is_kept() {
    let target = fuzz::Target {
        name: "wire",
        run: |data| assert!(data.len() < 100),
        seeds: Vec::new,
    };
    let artifacts = tempfile::tempdir().expect("a temporary folder");
    let error = runner::run(
        &target,
        1,
        Duration::from_secs(3600),
        artifacts.path(),
        || Ok(()),
    )
    .expect_err("the corpus has long inputs");
    assert!(error.to_string().contains("crash-"), "{error}");
    let files = std::fs::read_dir(artifacts.path().join("wire")).expect("there is one");
    assert_eq!(files.count(), 1);
}
