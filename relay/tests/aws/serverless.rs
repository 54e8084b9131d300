use std::time::{Duration, Instant, SystemTime};

use client::lobby::LobbyError;
use protocol::{Claim, Epoch};
use relay::aws::DynamoStore;
use relay::store::{MatchRecord, Store};
use serde_json::{Value, json};

use crate::double::Double;
use crate::rig::{pilots, play_until_answered};
use crate::stack::Stack;
use relay_testing::players::{host, play, play_in_agreement, plays};

/// A double with the deployed stack, and its table.
struct Deployed {
    double: Double,
    stack: Stack,
    table: DynamoStore,
}

/// Deploys the stack, and runs a blocking test.
async fn deployed(test: impl FnOnce(&Stack) + Send + 'static) -> Deployed {
    let (double, stack) = tokio::task::spawn_blocking(|| {
        let double = Double::start();
        let stack = Stack::deploy(&double);
        test(&stack);
        (double, stack)
    })
    .await
    .unwrap();
    let table = DynamoStore::new(&double.root_config().await, &stack.table);
    Deployed {
        double,
        stack,
        table,
    }
}

/// Writes the match as if its host had been silent for so long.
async fn age(table: &DynamoStore, record: MatchRecord, silence: Duration) {
    let mut body: Value = serde_json::from_slice(&record.body).unwrap();
    let heard = SystemTime::UNIX_EPOCH.elapsed().unwrap() - silence;
    body["match"]["heard"] = json!({ "secs": heard.as_secs(), "nanos": 0 });
    let aged = MatchRecord {
        version: record.version + 1,
        body: serde_json::to_vec(&body).unwrap(),
        ..record.clone()
    };
    assert!(table.replace(&record, aged).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_match_is_played_without_a_server_and_outlives_its_host() {
    let deployed = deployed(|stack| {
        let client = stack.client();
        let mut pilots = pilots(&client, 2);
        let started = Instant::now();
        play(&mut pilots, started, |pilots| pilots.iter().all(plays));
        play_in_agreement(&mut pilots, started);
        let listed = play_until_answered(&mut pilots, started, client.matches());
        assert_eq!(listed.unwrap()[0].players, 3);

        // No instance accepts a claim while the host is alive.
        let takeover = Claim {
            epoch: Epoch(0),
            successor: None,
        };
        for guest in [1, 2] {
            let claim = client.claim(pilots[guest].ticket(), &takeover);
            let refused = play_until_answered(&mut pilots, started, claim);
            assert!(
                matches!(refused, Err(LobbyError::Refused(_))),
                "{refused:?}"
            );
        }

        // A crash: without a DISCONNECT.
        drop(pilots.remove(0));
        play(&mut pilots, started, |pilots| {
            pilots
                .iter()
                .all(|pilot| plays(pilot) && pilot.peer().epoch() == Epoch(1))
        });
        play_in_agreement(&mut pilots, started);
        for pilot in &mut pilots {
            pilot.leave().wait();
        }
    })
    .await;
    assert_eq!(deployed.table.all().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schedule_ends_matches_with_silent_hosts() {
    let Deployed {
        double,
        stack,
        table,
    } = deployed(|stack| {
        let client = stack.client();
        for _ in 0..2 {
            // It sends no heartbeat.
            drop(host(&client, 2));
        }
    })
    .await;
    let [silent, alive] = table.all().await.unwrap().try_into().unwrap();
    age(&table, silent, Duration::from_secs(60)).await;
    let client = stack.client();
    let _double = tokio::task::spawn_blocking(move || {
        let open = client.matches().wait().unwrap();
        assert_eq!(open.len(), 1, "what is over is not listed");
        stack.tend(&double);
        double
    })
    .await
    .unwrap();
    let left: Vec<_> = table.all().await.unwrap();
    assert_eq!(left, [alive]);
}
