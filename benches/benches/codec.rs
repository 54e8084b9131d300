//! Encoding and decoding of each message.
//!
//! The throughput is in payload bytes per second; the name of a benchmark contains the payload's length.
//!
//! Non-goals: MQTT packets.

use core::hint::black_box;

use arena::{Arena, Controls, Say};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use netcode::wire::{self, Downlink, Keyframe, Payload, Uplink};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn bench<M: Serialize + DeserializeOwned>(criterion: &mut Criterion, name: &str, message: &M) {
    let encoded = wire::encode(message).expect("a message of a match fits a payload");
    let mut group = criterion.benchmark_group(format!("{name} ({} bytes)", encoded.len()));
    group.throughput(Throughput::Bytes(encoded.len() as u64));
    let mut payload = Payload::default();
    group.bench_function("encode", |bencher| {
        bencher.iter(|| payload.encode(black_box(message)).map(<[u8]>::len));
    });
    group.bench_function("decode", |bencher| {
        bencher.iter(|| wire::decode::<M>(black_box(&encoded)));
    });
    group.finish();
}

fn codec(criterion: &mut Criterion) {
    bench::<Uplink<Controls, Say>>(criterion, "input", &benches::input());
    bench::<Downlink<Controls, Say>>(criterion, "delta of 1 change", &benches::delta(1));
    bench::<Downlink<Controls, Say>>(criterion, "delta of 8 changes", &benches::delta(8));
    bench::<Keyframe<Arena>>(
        criterion,
        "keyframe of 8 pilots",
        &benches::keyframe(benches::arena(8)),
    );
    bench::<Keyframe<Arena>>(
        criterion,
        "keyframe of 32 pilots",
        &benches::keyframe(benches::arena(32)),
    );
}

criterion_group!(group, codec);
criterion_main!(group);
