use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use arena::Arena;
use headless::record::{self, Listen};
use headless::{audit, bots, host};
use link::Conditions;
use netcode::HostOptions;
use recording::Reader;
use recording::replay::Replay;

use relay_testing::server::TestRelay;

#[tokio::test(flavor = "multi_thread")]
async fn a_match_is_recorded_and_audited_while_it_is_played_and_after() {
    let rig = TestRelay::start().await;
    tokio::task::spawn_blocking(move || {
        let url = rig.server.url();
        let stop = Arc::new(AtomicBool::new(false));
        let (opened, code) = mpsc::channel();
        let host = {
            let (stop, url) = (Arc::clone(&stop), url.clone());
            thread::spawn(move || {
                let settings = host::Settings {
                    url,
                    name: "Test".into(),
                    bots: 3,
                    identity: None,
                    options: HostOptions::default(),
                    conditions: Conditions::PERFECT,
                };
                host::run(&settings, &stop, |ticket| opened.send(ticket.code).unwrap())
            })
        };
        let code = code.recv().unwrap();
        let listen = Listen {
            url: url.clone(),
            code,
            duration: None,
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.match");
        let enough = Arc::new(AtomicBool::new(false));
        let recording = {
            let (listen, path, enough) = (listen.clone(), path.clone(), Arc::clone(&enough));
            thread::spawn(move || {
                let mut told = Vec::new();
                record::run(&listen, Some(path), &enough, &mut told).unwrap();
                String::from_utf8(told).unwrap()
            })
        };
        let live = {
            let enough = Arc::clone(&enough);
            thread::spawn(move || audit::live(&listen, &enough, &mut Vec::new()).unwrap())
        };
        let settings = bots::Settings {
            url,
            code,
            count: 2,
            seed: 1,
            duration: Some(Duration::from_secs(6)),
            conditions: Conditions::PERFECT,
        };
        bots::run(&settings, &AtomicBool::new(false), &mut Vec::new()).unwrap();
        enough.store(true, Ordering::Relaxed);
        let told = recording.join().unwrap();
        assert!(told.contains("stopped"), "{told}");
        stop.store(true, Ordering::Relaxed);
        host.join().unwrap().unwrap();

        let live = live.join().unwrap();
        assert!(live.is_clean(), "{live}");
        assert!(live.ticks > 0 && live.inputs > 0, "{live}");

        let mut told = Vec::new();
        let report = audit::file(&path, &mut told).unwrap();
        assert!(report.is_clean(), "{report}");
        assert!(report.ticks > 120 && report.inputs > 0, "{report}");
        assert!(String::from_utf8(told).unwrap().contains("clean"));

        let bytes = std::fs::read(&path).unwrap();
        let reader = Reader::new(&bytes[..]).unwrap();
        let entries: Vec<_> = reader.map(Result::unwrap).collect();
        let replay: Replay<Arena> = Replay::new(&entries).unwrap();
        assert!(replay.length() > Duration::from_secs(2));
    })
    .await
    .unwrap();
}

#[test]
fn what_is_no_recording_is_not_audited() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "no recording at all, but long enough for a header").unwrap();
    let error = audit::file(&path, &mut Vec::new()).unwrap_err();
    assert!(error.to_string().contains("no recording"), "{error}");
}
