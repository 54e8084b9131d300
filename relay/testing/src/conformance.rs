//! The behaviour that every match store must have.

use std::sync::Arc;

use protocol::{Code, MatchId, PlayerId};
use relay::store::{MatchRecord, Store};

/// The record of a match with this number, without players.
pub fn record(number: u64, version: u64) -> MatchRecord {
    MatchRecord {
        id: MatchId::from_entropy(number),
        code: Code::from_entropy(number),
        version,
        players: Vec::new(),
        body: format!("{number} as of {version}").into_bytes(),
    }
}

/// The same with players of these numbers.
fn with_players<const N: usize>(record: MatchRecord, players: [u64; N]) -> MatchRecord {
    MatchRecord {
        players: players.map(PlayerId::from_entropy).to_vec(),
        ..record
    }
}

/// Writes a version of a match over the one before it.
async fn write(store: &dyn Store, number: u64, version: u64) -> bool {
    match version {
        1 => store.create(record(number, 1)).await.unwrap(),
        _ => store
            .replace(&record(number, version - 1), record(number, version))
            .await
            .unwrap(),
    }
}

/// Checks an empty store.
///
/// # Panics
/// If the store misbehaves.
pub async fn conforms(store: Arc<dyn Store>) {
    let (one, two) = (record(1, 1), record(2, 1));
    assert_eq!(store.all().await.unwrap(), []);
    assert_eq!(store.read(one.id).await.unwrap(), None);
    assert_eq!(store.find(one.code).await.unwrap(), None);
    assert!(!store.remove(&one).await.unwrap());
    assert!(!write(&*store, 1, 2).await, "nothing to change");

    for new in [&two, &one] {
        assert!(store.create(new.clone()).await.unwrap());
        assert!(!store.create(new.clone()).await.unwrap(), "it is there");
    }
    assert_eq!(store.read(one.id).await.unwrap(), Some(one.clone()));
    assert_eq!(store.find(two.code).await.unwrap(), Some(two.id));
    assert_eq!(store.all().await.unwrap(), [one.clone(), two.clone()]);

    let same_code = MatchRecord {
        code: one.code,
        ..record(3, 1)
    };
    assert!(!store.create(same_code).await.unwrap(), "the code is taken");
    assert_eq!(store.all().await.unwrap().len(), 2);

    for (version, fits) in [(3, false), (2, true), (2, false), (1, false), (3, true)] {
        assert_eq!(write(&*store, 1, version).await, fits, "{version}");
    }
    assert_eq!(store.read(one.id).await.unwrap(), Some(record(1, 3)));

    assert!(
        !store.remove(&record(1, 2)).await.unwrap(),
        "it has changed"
    );
    assert!(store.remove(&record(1, 3)).await.unwrap());
    assert_eq!(store.read(one.id).await.unwrap(), None);
    assert_eq!(store.find(one.code).await.unwrap(), None);
    assert_eq!(store.all().await.unwrap(), [two]);
    assert!(store.create(one).await.unwrap(), "its code is free");

    finds_players(&*store).await;
    races(&store).await;
    races_for_a_player(&store).await;
}

/// A player is found by its id, in one match at most.
async fn finds_players(store: &dyn Store) {
    let found = async |number| {
        let player = PlayerId::from_entropy(number);
        store.match_of(player).await.unwrap()
    };
    let [a1, b1] = [10, 11].map(|number| record(number, 1));
    let [a2, b2] = [10, 11].map(|number| record(number, 2));
    assert_eq!(found(1).await, None);
    let a1 = with_players(a1, [1, 2]);
    assert!(store.create(a1.clone()).await.unwrap());
    assert_eq!(found(1).await, Some(a1.id));
    assert_eq!(store.read(a1.id).await.unwrap(), Some(a1.clone()));

    let taken = with_players(b1.clone(), [3, 2]);
    assert!(!store.create(taken).await.unwrap(), "2 is in a match");
    assert_eq!(found(3).await, None, "nothing is written");
    assert_eq!(store.find(b1.code).await.unwrap(), None);
    let b1 = with_players(b1, [3]);
    assert!(store.create(b1.clone()).await.unwrap());
    let taken = with_players(b2.clone(), [3, 1]);
    assert!(!store.replace(&b1, taken).await.unwrap(), "1 is in a match");
    assert_eq!(store.read(b1.id).await.unwrap(), Some(b1.clone()));

    let a2 = with_players(a2, [2, 4]);
    assert!(store.replace(&a1, a2.clone()).await.unwrap());
    assert_eq!((found(1).await, found(2).await), (None, Some(a2.id)));
    assert_eq!(found(4).await, Some(a2.id));
    let b2 = with_players(b2, [3, 1]);
    assert!(
        store.replace(&b1, b2.clone()).await.unwrap(),
        "1 has left its match"
    );
    assert_eq!(found(1).await, Some(b2.id));

    assert!(store.remove(&a2).await.unwrap());
    assert_eq!((found(2).await, found(4).await), (None, None));
    assert!(store.remove(&b2).await.unwrap());
    assert_eq!((found(1).await, found(3).await), (None, None));
}

/// Of several changes of the same version, one succeeds.
async fn races(store: &Arc<dyn Store>) {
    let base = record(9, 1);
    store.create(base.clone()).await.unwrap();
    let racers: Vec<_> = (0..16_u8)
        .map(|racer| {
            let (store, base) = (Arc::clone(store), base.clone());
            let mine = MatchRecord {
                version: 2,
                body: vec![racer],
                ..base.clone()
            };
            tokio::spawn(async move { (racer, store.replace(&base, mine).await.unwrap()) })
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

/// Of several new matches with the same player, one is created.
async fn races_for_a_player(store: &Arc<dyn Store>) {
    let racers: Vec<_> = (20..28)
        .map(|number| {
            let store = Arc::clone(store);
            let mine = with_players(record(number, 1), [5]);
            tokio::spawn(async move { store.create(mine.clone()).await.unwrap().then_some(mine) })
        })
        .collect();
    let mut winners = Vec::new();
    for racer in racers {
        winners.extend(racer.await.unwrap());
    }
    let [winner] = winners.try_into().unwrap();
    let player = PlayerId::from_entropy(5);
    assert_eq!(store.match_of(player).await.unwrap(), Some(winner.id));
    assert!(store.remove(&winner).await.unwrap());
}
