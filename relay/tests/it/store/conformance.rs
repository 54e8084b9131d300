use std::sync::Arc;

use protocol::{Code, MatchId};
use relay::store::{Record, Store};

pub(crate) fn record(number: u64, version: u64) -> Record {
    Record {
        id: MatchId::from_entropy(number),
        code: Code::from_entropy(number),
        version,
        body: format!("{number} as of {version}").into_bytes(),
    }
}

/// What every store promises, with one that is empty.
pub(crate) async fn conforms(store: Arc<dyn Store>) {
    let (one, two) = (record(1, 1), record(2, 1));
    assert_eq!(store.all().await.unwrap(), []);
    assert_eq!(store.read(one.id).await.unwrap(), None);
    assert_eq!(store.find(one.code).await.unwrap(), None);
    assert!(!store.remove(one.id, 1).await.unwrap());
    assert!(
        !store.write(record(1, 2)).await.unwrap(),
        "nothing to change"
    );

    for new in [&two, &one] {
        assert!(store.write(new.clone()).await.unwrap());
        assert!(!store.write(new.clone()).await.unwrap(), "it is there");
    }
    assert_eq!(store.read(one.id).await.unwrap(), Some(one.clone()));
    assert_eq!(store.find(two.code).await.unwrap(), Some(two.id));
    assert_eq!(store.all().await.unwrap(), [one.clone(), two.clone()]);

    let same_code = Record {
        code: one.code,
        ..record(3, 1)
    };
    assert!(!store.write(same_code).await.unwrap(), "the code is taken");
    assert_eq!(store.all().await.unwrap().len(), 2);

    for (version, fits) in [(3, false), (2, true), (2, false), (1, false), (3, true)] {
        assert_eq!(
            store.write(record(1, version)).await.unwrap(),
            fits,
            "{version}"
        );
    }
    assert_eq!(store.read(one.id).await.unwrap(), Some(record(1, 3)));

    assert!(!store.remove(one.id, 2).await.unwrap(), "it has changed");
    assert!(store.remove(one.id, 3).await.unwrap());
    assert_eq!(store.read(one.id).await.unwrap(), None);
    assert_eq!(store.find(one.code).await.unwrap(), None);
    assert_eq!(store.all().await.unwrap(), [two]);
    assert!(store.write(one).await.unwrap(), "its code is free");

    races(store).await;
}

/// Of several who change the same version, one succeeds.
async fn races(store: Arc<dyn Store>) {
    let base = record(9, 1);
    store.write(base.clone()).await.unwrap();
    let racers: Vec<_> = (0..16_u8)
        .map(|racer| {
            let store = Arc::clone(&store);
            let mine = Record {
                version: 2,
                body: vec![racer],
                ..base.clone()
            };
            tokio::spawn(async move { (racer, store.write(mine).await.unwrap()) })
        })
        .collect();
    let mut winners = Vec::new();
    for racer in racers {
        let (racer, won) = racer.await.unwrap();
        if won {
            winners.push(racer);
        }
    }
    assert_eq!(winners.len(), 1);
    let stored = store.read(base.id).await.unwrap().unwrap();
    assert_eq!(stored.body, winners);
}
