use std::sync::atomic::AtomicBool;
use std::time::Duration;

use headless::probe::{self, Settings};
use link::Conditions;

use relay_testing::server::{TestRelay, answer};

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_measures_each_direction_and_leaves_no_match_behind() {
    let rig = TestRelay::start().await;
    let settings = Settings {
        url: rig.server.url(),
        duration: Duration::from_secs(1),
        rate: 50,
        bytes: 100,
        conditions: Conditions {
            latency: Duration::from_millis(15),
            ..Conditions::PERFECT
        },
    };
    let (found, told) = tokio::task::spawn_blocking(move || {
        let mut told = Vec::new();
        let found = probe::run(&settings, &AtomicBool::new(false), &mut told);
        (found.unwrap(), String::from_utf8(told).unwrap())
    })
    .await
    .unwrap();
    // On a busy machine some are sent late, none is left out.
    assert!(found.sent > 10, "{told}");
    assert_eq!(found.round_trip.len(), found.sent, "{told}");
    let least = Duration::from_millis(30);
    for times in [&found.up, &found.down] {
        assert!(times.is_sorted());
        assert!(times[0] >= least, "out and in again, 15 ms each: {told}");
    }
    assert!(found.round_trip[0] >= 2 * least, "{told}");
    assert!(told.contains("0 lost") && told.contains("p95"), "{told}");
    assert!(answer(rig.client().matches()).await.unwrap().is_empty());
    rig.server.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_without_a_relay_fails() {
    let settings = Settings {
        // The discard port: nothing listens there.
        url: "http://127.0.0.1:9".into(),
        duration: Duration::from_secs(1),
        rate: 20,
        bytes: 100,
        conditions: Conditions::PERFECT,
    };
    let outcome = tokio::task::spawn_blocking(move || {
        probe::run(&settings, &AtomicBool::new(false), &mut Vec::new())
    })
    .await
    .unwrap();
    let error = outcome.unwrap_err().to_string();
    assert!(error.contains("cannot reach"), "{error}");
}
