//! Stepping the arena, its checksum, and repeating the prediction after a correction.
//!
//! Non-goals: rendering.

use core::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use netcode::Simulation;

/// The ticks by which a guest with a round trip of 250 ms is ahead of the last delta.
const PREDICTED_TICKS: u32 = 15;

fn simulation(criterion: &mut Criterion) {
    for pilots in [8, 32] {
        let arena = benches::arena(pilots);
        let mut group = criterion.benchmark_group(format!("arena of {pilots} pilots"));
        group.bench_function("step", |bencher| {
            bencher.iter_batched_ref(
                || arena.clone(),
                |arena| arena.step(|_| {}),
                BatchSize::SmallInput,
            );
        });
        group.bench_function("checksum", |bencher| {
            bencher.iter(|| black_box(&arena).checksum());
        });
        group.bench_function("predict 15 ticks again", |bencher| {
            bencher.iter(|| {
                let mut predicted = black_box(&arena).clone();
                for _ in 0..PREDICTED_TICKS {
                    predicted.step(|_| {});
                }
                predicted.checksum()
            });
        });
        group.finish();
    }
}

criterion_group!(group, simulation);
criterion_main!(group);
